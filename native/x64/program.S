# SPDX-License-Identifier: Apache-2.0
# Entry of a freestanding program: the kernel leaves argc, argv, the environment and the auxiliary vector on the stack.

        .text
        .globl  _start
_start:
        mov     %rsp, %rdi
        and     $-16, %rsp
        xor     %ebp, %ebp
        call    uaas_program
        ud2

        .section .note.GNU-stack, "", @progbits
