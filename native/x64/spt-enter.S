# SPDX-License-Identifier: Apache-2.0
# From the spt tender into its guest.

        .text

# void uaas_spt_enter(rdi entry, rsi boot information, rdx stack): never returns. The guest finds no value of the tender in a register.
        .globl  uaas_spt_enter
uaas_spt_enter:
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsp
        xor     %ebx, %ebx
        xor     %ecx, %ecx
        xor     %edx, %edx
        xor     %esi, %esi
        xor     %ebp, %ebp
        xor     %r8d, %r8d
        xor     %r9d, %r9d
        xor     %r10d, %r10d
        xor     %r11d, %r11d
        xor     %r12d, %r12d
        xor     %r13d, %r13d
        xor     %r14d, %r14d
        xor     %r15d, %r15d
        cld
        jmp     *%rax

# The stack on which a guest's fault is reported.
        .globl  uaas_spt_signal_stack
uaas_spt_signal_stack:
        lea     signal_stack(%rip), %rax
        ret

        .bss
        .balign 16
signal_stack:
        .skip   32768

        .section .note.GNU-stack, "", @progbits
