# SPDX-License-Identifier: Apache-2.0
# A Multiboot kernel for tests: prints its command line, checks what it was given, and exits with 42 plus the number of things that are wrong.
# Assembled for 32 and for 64 bits: its code runs in 32-bit mode either way, as a Multiboot kernel's first code does.

        .set    MAGIC, 0x1badb002
        .set    FLAGS, 3

        .section .multiboot, "ax"
        .code32
        .balign 4
        .long   MAGIC, FLAGS, -(MAGIC + FLAGS)

        .globl  start
start:
        mov     $stack_top, %esp
        mov     $43, %ebp                       # the status plus one, as isa-debug-exit wants it
        cmp     $0x2badb002, %eax
        je      1f
        inc     %ebp
1:      testl   $4, (%ebx)                      # a command line
        jnz     2f
        inc     %ebp
2:      cmpl    $0x12345678, initialised
        je      3f
        inc     %ebp
3:      mov     $zeroed, %edi                   # all of it must be zero
        mov     $(zeroed_end - zeroed), %ecx
        xor     %eax, %eax
        cld
        repe    scasb
        je      4f
        inc     %ebp
4:      mov     16(%ebx), %esi
        call    print
        mov     $newline, %esi
        call    print
        cmpl    $0, 20(%ebx)                    # modules: the first one's text
        je      5f
        mov     24(%ebx), %eax
        mov     (%eax), %esi
        call    print
5:      mov     %ebp, %eax
        mov     $0x501, %dx
        out     %al, %dx
6:      hlt
        jmp     6b

print:  mov     $0x3f8, %dx
7:      lodsb
        test    %al, %al
        jz      8f
        out     %al, %dx
        jmp     7b
8:      ret

        .data
newline:
        .asciz  "\n"
        .balign 4096
initialised:
        .long   0x12345678

        .bss
zeroed: .skip   20000
zeroed_end:
        .skip   4096
stack_top:
        .section .note.GNU-stack, "", @progbits
