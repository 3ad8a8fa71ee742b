# SPDX-License-Identifier: Apache-2.0
# System calls of Linux, for programs without a libc.

        .text

# long linux_syscall(rdi number, rsi, rdx, rcx, r8, r9, stack): up to six arguments; returns -errno on failure.
        .globl linux_syscall
linux_syscall:
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        mov     8(%rsp), %r9
        syscall
        ret

        .section .note.GNU-stack, "", @progbits
