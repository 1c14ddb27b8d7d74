// Names in generated Verilog: legal, never a keyword of Verilog or SystemVerilog, and each used once.

const keywords = new Set(
  `accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind
  bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos config const
  constraint context continue cover covergroup coverpoint cross deassign default defparam design disable dist do edge
  else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface endmodule
  endpackage endprimitive endprogram endproperty endsequence endspecify endtable endtask enum event eventually expect
  export extends extern final first_match for force foreach forever fork forkjoin function generate genvar global
  highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include initial inout input
  inside instance int integer interconnect interface intersect join join_any join_none large let liblist library local
  localparam logic longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor
  noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive priority program
  property protected pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase
  randsequence rcmos real realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1
  s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal showcancelled signed small
  soft solve specify specparam static string strong strong0 strong1 struct super supply0 supply1 sync_accept_on
  sync_reject_on table tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1
  triand trior trireg type typedef union unique unique0 unsigned until until_with untyped use uwire var vectored
  virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor`.split(
    /\s+/,
  ),
)

/** A legal identifier as near to the text as can be: `x[3]` is `x_3`, `fc1.acc` is `fc1_acc`. */
export function legalName(text: string): string {
  const plain = text
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .replace(/__+/g, '_')
  const named = plain === '' ? 'n' : /^[0-9]/.test(plain) ? `n${plain}` : plain
  return keywords.has(named) ? `${named}_1` : named
}

/** Gives out names once each. */
export interface NameScope {
  /** The name wanted, made legal, with a number behind it if it is taken. */
  take(wanted: string): string
  isTaken(name: string): boolean
}

/** `same` tells which names count as one: by default only equal ones. */
export function createNameScope(same: (name: string) => string = name => name): NameScope {
  const taken = new Set<string>()
  const counters = new Map<string, number>()
  return {
    isTaken: name => taken.has(same(name)),
    take(wanted) {
      const base = legalName(wanted)
      let name = base
      while (taken.has(same(name))) {
        const count = (counters.get(base) ?? 1) + 1
        counters.set(base, count)
        name = `${base}_${count}`
      }
      taken.add(same(name))
      return name
    },
  }
}
