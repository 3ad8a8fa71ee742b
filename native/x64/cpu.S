# SPDX-License-Identifier: Apache-2.0
# Single instructions for C#, and the addresses that the linker script names.

        .text

        .globl uaas_rdtsc
uaas_rdtsc:
        rdtsc
        shl     $32, %rdx
        or      %rdx, %rax
        ret

# bool uaas_rdrand(rdi value): false where the processor lacks the instruction or has nothing after ten tries.
        .globl uaas_rdrand
uaas_rdrand:
        push    %rbx
        mov     $1, %eax
        xor     %ecx, %ecx
        cpuid
        pop     %rbx
        bt      $30, %ecx
        jnc     .Lnone
        mov     $10, %ecx
.Lretry:
        rdrand  %rax
        jc      .Lgot
        dec     %ecx
        jnz     .Lretry
.Lnone: xor     %eax, %eax
        ret
.Lgot:  mov     %rax, (%rdi)
        mov     $1, %eax
        ret

        .macro  address_of name
        .globl  uaas_address_of_\name
uaas_address_of_\name:
        lea     uaas_\name(%rip), %rax
        ret
        .endm

        address_of stack_top
        address_of end
        address_of modules_start
        address_of modules_end

        .section .note.GNU-stack, "", @progbits
