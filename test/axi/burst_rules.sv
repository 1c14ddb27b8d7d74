// Rules of a burst's address.

`default_nettype none

module burst_rules #(
  parameter [31:0] BYTES = 4,
  parameter NAME = "address"
) (
  input wire aclk,
  input wire [63:0] address,
  input wire [7:0] len,
  input wire [2:0] size,
  input wire [1:0] burst,
  input wire valid
);
  wire [31:0] end_in_page = {20'd0, address[11:0]} + ({24'd0, len} + 1) * BYTES;

  always @(posedge aclk)
    if (valid) begin
      assert (burst == 2'b01) else $error("%s: not a burst of rising addresses", NAME);
      assert ((1 << size) == BYTES) else $error("%s: beats of another size than the bus", NAME);
      assert ((address & {32'd0, BYTES - 1}) == 64'd0) else $error("%s: an address within a beat", NAME);
      assert (len < 8'd64) else $error("%s: more than 64 beats", NAME);
      assert (end_in_page <= 4096) else $error("%s: a burst beyond 4 KiB", NAME);
    end
endmodule

`default_nettype wire
