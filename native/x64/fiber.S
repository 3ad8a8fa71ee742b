# SPDX-License-Identifier: Apache-2.0
# A second stack, for work that takes its time and lets the loop run in between.

        .text

# void uaas_fiber_switch(rdi where to keep this stack's pointer, rsi the other's): goes on where the other stack was left.
        .globl  uaas_fiber_switch
uaas_fiber_switch:
        push    %rbp
        push    %rbx
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        mov     %rsp, (%rdi)
        mov     %rsi, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        ret

        .globl  uaas_address_of_fiber_stack
uaas_address_of_fiber_stack:
        lea     uaas_fiber_stack_top(%rip), %rax
        ret

        .section .note.GNU-stack, "", @progbits
