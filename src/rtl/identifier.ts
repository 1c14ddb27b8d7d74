// Names of modules and ports that every Verilog reader accepts.

/** Reserved words of Verilog-2005, and of SystemVerilog where they are ordinary words that models use. */
const reserved = new Set(
  `always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign default defparam
  design disable edge else end endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable
  endtask event for force forever fork function generate genvar highz0 highz1 if ifnone incdir include initial inout
  input instance integer join large liblist library localparam macromodule medium module nand negedge nmos nor
  noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1 pulldown pullup
  pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1
  scalared showcancelled signed small specify specparam strong0 strong1 supply0 supply1 table task time tran tranif0
  tranif1 tri tri0 tri1 triand trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor xor
  alias assert assume before bind bins bit break byte chandle checker class clocking const constraint context
  continue cover covergroup coverpoint cross dist do endchecker endclass endclocking endgroup endinterface endpackage
  endprogram endproperty endsequence enum expect export extends extern final first_match foreach forkjoin global iff
  implements import inside int interconnect interface intersect join_any join_none let local logic longint matches
  modport nettype new null package packed priority program property protected pure rand randc randcase randsequence
  ref restrict return sequence shortint shortreal soft solve static string strong struct super tagged this throughout
  timeprecision timeunit type typedef union unique unique0 untyped var virtual void wait_order weak wildcard with
  within`.split(/\s+/),
)

/**
 * An identifier made from any name: other characters become `_`, a leading digit gets one before it; reserved words
 * and names already in `taken` get the first free suffix `_1`, `_2`, …
 */
export function verilogIdentifier(name: string, taken: Iterable<string> = []): string {
  const word = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9]|$)/, '_')
  const used = new Set(taken)
  if (!reserved.has(word) && !used.has(word)) return word
  for (let k = 1; ; k++) if (!used.has(`${word}_${k}`)) return `${word}_${k}`
}

/** Identifiers for a list of names, all different. */
export function verilogIdentifiers(names: readonly string[]): string[] {
  const made: string[] = []
  for (const name of names) made.push(verilogIdentifier(name, made))
  return made
}
