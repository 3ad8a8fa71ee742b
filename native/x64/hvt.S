# SPDX-License-Identifier: Apache-2.0
# Entry of a Solo5 hvt guest, in 64-bit mode with SSE on: rdi = boot information, rsp = the end of memory.

        .text
        .globl  _start
_start:
        mov     %rsp, %rsi                      # the end of memory, less 8
        lea     uaas_stack_top(%rip), %rsp      # our own stack, with read-only memory below it as its guard
        xor     %ebp, %ebp
        call    uaas_hvt_start                  # (boot information, end of memory)
        ud2

# void uaas_hypercall(edi number, rsi arguments, below 4 GiB): a 32-bit out to port 0x500 + number.
        .globl  uaas_hypercall
uaas_hypercall:
        lea     0x500(%rdi), %edx
        mov     %esi, %eax
        out     %eax, %dx
        ret

        .section .note.GNU-stack, "", @progbits
