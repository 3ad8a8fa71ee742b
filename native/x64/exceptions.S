# SPDX-License-Identifier: Apache-2.0
# The first instructions of the processor's exceptions, for guests that are machines of their own: stubs of 16 bytes, so that C# finds each by its vector.

        .text
        .set    WITH_ERROR_CODE, 0x60227d00     # vectors 8, 10 to 14, 17, 21, 29, 30

        .balign 16
        .globl  uaas_exception_stubs
uaas_exception_stubs:
        .set    vector, 0
        .rept   32
        .balign 16
        .if     !((WITH_ERROR_CODE >> vector) & 1)
        push    $0
        .endif
        push    $vector
        jmp     exception
        .set    vector, vector + 1
        .endr

exception:                                      # the order of ExceptionFrame, from its end
        push    %r15
        push    %r14
        push    %r13
        push    %r12
        push    %r11
        push    %r10
        push    %r9
        push    %r8
        push    %rbp
        push    %rdi
        push    %rsi
        push    %rdx
        push    %rcx
        push    %rbx
        push    %rax
        mov     %rsp, %rdi
        mov     %cr2, %rsi
        cld
        and     $-16, %rsp
        xor     %ebp, %ebp
        call    uaas_exception                  # (frame, faulting address); does not return
        ud2

        .globl  uaas_load_interrupt_table
uaas_load_interrupt_table:                      # (rdi table, esi bytes - 1)
        push    %rdi
        push    %rsi
        shlq    $48, (%rsp)                     # limit and base, in ten bytes on end
        lidt    6(%rsp)
        add     $16, %rsp
        ret

        .globl  uaas_address_of_exception_stubs
uaas_address_of_exception_stubs:
        lea     uaas_exception_stubs(%rip), %rax
        ret

        .section .note.GNU-stack, "", @progbits
