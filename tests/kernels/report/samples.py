"""Cut from what the tools print."""

CLEAN = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_Z5clean' for 'sm_80'
ptxas info    : Function properties for _Z5clean
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 98 registers, used 1 barriers, 29696 bytes smem, 472 bytes cmem[0]
ptxas info    : Compile time = 191.345 ms
ptxas info    : Compiling entry function '_Z5clean' for 'sm_90a'
ptxas info    : Function properties for _Z5clean
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 96 registers, used 0 barriers
"""

SPILLED = """ptxas info    : Compiling entry function '_Z7spilled' for 'sm_90a'
ptxas info    : Function properties for _Z7spilled
    40 bytes stack frame, 52 bytes spill stores, 64 bytes spill loads
ptxas info    : Used 32 registers, used 0 barriers, 40 bytes cumulative stack size
"""

DUMP = """
Fatbin elf code:
================
arch = sm_80
code version = [1,7]

	code for sm_80
		Function : _Z5clean
	.headerflags	@"EF_CUDA_TEXMODE_UNIFIED EF_CUDA_64BIT_ADDRESS EF_CUDA_SM80"
        /*0000*/                   LDG.E.128 R4, [R2.64] ;                      /* 0x0000000402047981 */
                                                                                /* 0x001fc800078e00ff */
        /*0010*/               @P0 LDG.E.128.CONSTANT R8, [R2.64] ;             /* 0x0000000402047981 */
        /*0020*/              @!P1 LDG.E R0, [R2.64] ;                          /* 0x0000000402047981 */
        /*0030*/                   LDGSTS.E.BYPASS.LTC128B.128 [R1], [R2.64] ;  /* 0x0000000402047981 */
        /*0040*/                   LDGSTS.E.LTC128B [R1], [R2.64] ;             /* 0x0000000402047981 */
        /*0050*/              @!PT LDS RZ, [RZ] ;                             /* 0x0000000402047981 */
        /*0060*/                   HMMA.16816.F32.BF16 R4, R8, R12, R4 ;        /* 0x0000000402047981 */
		..........

Fatbin elf code:
================
arch = sm_90a

	code for sm_90a
		Function : _Z5clean
        /*0000*/                   LDS.128 R4, [R2] ;                           /* 0x0000000402047984 */
        /*0010*/                   MUFU.EX2 R4, R5 ;                            /* 0x0000000402047984 */
        /*0020*/                   LDSM.16.M88.4 R4, [R2] ;                     /* 0x0000000402047984 */
"""
