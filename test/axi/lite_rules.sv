// Rules of an AXI4-Lite port (ARM IHI 0022): every channel stands still until it is taken, nothing answers in reset, and
// each access is answered once, behind it.

`default_nettype none

module lite_rules #(
  parameter BITS = 6
) (
  input wire aclk,
  input wire aresetn,
  input wire [BITS - 1:0] awaddr,
  input wire awvalid,
  input wire awready,
  input wire [31:0] wdata,
  input wire [3:0] wstrb,
  input wire wvalid,
  input wire wready,
  input wire [1:0] bresp,
  input wire bvalid,
  input wire bready,
  input wire [BITS - 1:0] araddr,
  input wire arvalid,
  input wire arready,
  input wire [31:0] rdata,
  input wire [1:0] rresp,
  input wire rvalid,
  input wire rready
);
  stream_rules #(.WIDTH(BITS), .NAME("s_axi aw")) aw (aclk, aresetn, awaddr, 1'b0, awvalid, awready);
  stream_rules #(.WIDTH(36), .NAME("s_axi w")) w (aclk, aresetn, {wstrb, wdata}, 1'b0, wvalid, wready);
  stream_rules #(.WIDTH(2), .NAME("s_axi b")) b (aclk, aresetn, bresp, 1'b0, bvalid, bready);
  stream_rules #(.WIDTH(BITS), .NAME("s_axi ar")) ar (aclk, aresetn, araddr, 1'b0, arvalid, arready);
  stream_rules #(.WIDTH(34), .NAME("s_axi r")) r (aclk, aresetn, {rresp, rdata}, 1'b0, rvalid, rready);

  // Addresses, data and reads taken whose answer has not gone.
  integer addresses = 0, data = 0, reads = 0;

  always @(posedge aclk)
    if (!aresetn) begin
      addresses <= 0;
      data <= 0;
      reads <= 0;
    end else begin
      addresses <= addresses + ((awvalid && awready) ? 1 : 0) - ((bvalid && bready) ? 1 : 0);
      data <= data + ((wvalid && wready) ? 1 : 0) - ((bvalid && bready) ? 1 : 0);
      reads <= reads + ((arvalid && arready) ? 1 : 0) - ((rvalid && rready) ? 1 : 0);
      if (bvalid)
        assert (addresses > 0 && data > 0) else $error("s_axi b: a response without a write");
      if (rvalid)
        assert (reads > 0) else $error("s_axi r: data without a read");
      if (bvalid)
        assert (bresp == 2'b00 || bresp == 2'b10) else $error("s_axi b: a response that AXI4-Lite does not have");
      if (rvalid)
        assert (rresp == 2'b00 || rresp == 2'b10) else $error("s_axi r: a response that AXI4-Lite does not have");
    end

  final begin
    assert (addresses == 0 && data == 0) else $error("s_axi b: a write was never answered");
    assert (reads == 0) else $error("s_axi r: a read was never answered");
  end
endmodule

`default_nettype wire
