// Rules of one AXI4-Stream channel (ARM IHI 0051): what is offered stays and stands still until it is taken, and nothing
// is offered in reset. The reset reaches the logic two cycles after it begins at the port.

`default_nettype none

module stream_rules #(
  parameter WIDTH = 32,
  parameter NAME = "stream"
) (
  input wire aclk,
  input wire aresetn,
  input wire [WIDTH - 1:0] tdata,
  input wire tlast,
  input wire tvalid,
  input wire tready
);
  reg waited = 1'b0;
  reg [WIDTH - 1:0] data;
  reg last;
  reg [2:0] in_reset = 3'b000;

  always @(posedge aclk) begin
    in_reset <= {in_reset[1:0], !aresetn};
    waited <= aresetn && in_reset == 3'b000 && tvalid && !tready;
    data <= tdata;
    last <= tlast;
    if (waited && aresetn) begin
      assert (tvalid) else $error("%s: valid fell before it was taken", NAME);
      assert (tdata == data) else $error("%s: data changed while it waited", NAME);
      assert (tlast == last) else $error("%s: last changed while it waited", NAME);
    end
    if (in_reset[2:0] == 3'b111)
      assert (!tvalid) else $error("%s: valid in reset", NAME);
  end
endmodule

`default_nettype wire
