// Rules of an AXI4 port that reads and writes memory in bursts (ARM IHI 0022, and what package descriptions promise):
// every channel stands still until it is taken, bursts are of whole beats at rising addresses, at most 64 of them, and
// stay within 4 KiB; WLAST is on each burst's last beat; everything asked for is answered before the end.

`default_nettype none

module memory_rules #(
  parameter WIDTH = 32
) (
  input wire aclk,
  input wire aresetn,
  input wire [63:0] awaddr,
  input wire [7:0] awlen,
  input wire [2:0] awsize,
  input wire [1:0] awburst,
  input wire awvalid,
  input wire awready,
  input wire [WIDTH - 1:0] wdata,
  input wire [WIDTH / 8 - 1:0] wstrb,
  input wire wlast,
  input wire wvalid,
  input wire wready,
  input wire [1:0] bresp,
  input wire bvalid,
  input wire bready,
  input wire [63:0] araddr,
  input wire [7:0] arlen,
  input wire [2:0] arsize,
  input wire [1:0] arburst,
  input wire arvalid,
  input wire arready,
  input wire [WIDTH - 1:0] rdata,
  input wire [1:0] rresp,
  input wire rlast,
  input wire rvalid,
  input wire rready
);
  localparam BYTES = WIDTH / 8;

  stream_rules #(.WIDTH(77), .NAME("m_axi aw")) aw (
    aclk, aresetn, {awaddr, awlen, awsize, awburst}, 1'b0, awvalid, awready
  );
  stream_rules #(.WIDTH(WIDTH + BYTES), .NAME("m_axi w")) w (aclk, aresetn, {wdata, wstrb}, wlast, wvalid, wready);
  stream_rules #(.WIDTH(2), .NAME("m_axi b")) b (aclk, aresetn, bresp, 1'b0, bvalid, bready);
  stream_rules #(.WIDTH(77), .NAME("m_axi ar")) ar (
    aclk, aresetn, {araddr, arlen, arsize, arburst}, 1'b0, arvalid, arready
  );
  stream_rules #(.WIDTH(WIDTH + 2), .NAME("m_axi r")) r (aclk, aresetn, {rdata, rresp}, rlast, rvalid, rready);

  burst_rules #(.BYTES(BYTES), .NAME("m_axi aw")) aw_burst (aclk, awaddr, awlen, awsize, awburst, aresetn && awvalid);
  burst_rules #(.BYTES(BYTES), .NAME("m_axi ar")) ar_burst (aclk, araddr, arlen, arsize, arburst, aresetn && arvalid);

  // Bursts as their addresses say and as their data had it, by number; data may come before its address.
  reg [7:0] asked [0:255];
  reg [7:0] given [0:255];
  integer asked_count = 0, given_count = 0, compared = 0, answered = 0, beats_left = 0;
  reg [7:0] beat = 8'd0;
  // The burst that is being sent, where its address is known already.
  wire known = asked_count > given_count;
  wire [7:0] own = asked[given_count[7:0]];

  always @(posedge aclk)
    if (!aresetn) begin
      asked_count <= 0;
      given_count <= 0;
      compared <= 0;
      answered <= 0;
      beats_left <= 0;
      beat <= 8'd0;
    end else begin
      if (awvalid && awready) begin
        asked[asked_count[7:0]] <= awlen;
        asked_count <= asked_count + 1;
      end
      if (wvalid && wready) begin
        beat <= wlast ? 8'd0 : beat + 8'd1;
        if (wlast) begin
          given[given_count[7:0]] <= beat;
          given_count <= given_count + 1;
        end
        if (known)
          assert (wlast == (beat == own)) else $error("m_axi w: last is not on the last beat");
      end
      if (compared < asked_count && compared < given_count) begin
        compared <= compared + 1;
        assert (asked[compared[7:0]] == given[compared[7:0]]) else $error("m_axi w: a burst of another length");
      end
      if (wvalid)
        assert (&wstrb) else $error("m_axi w: bytes left out of a whole beat");
      if (bvalid)
        assert (answered < asked_count && answered < given_count) else $error("m_axi b: a response without a burst");
      if (bvalid && bready) answered <= answered + 1;
      beats_left <= beats_left + ((arvalid && arready) ? {24'd0, arlen} + 1 : 0) - ((rvalid && rready) ? 1 : 0);
      if (rvalid)
        assert (beats_left > 0) else $error("m_axi r: a beat that was not asked for");
    end

  final begin
    assert (asked_count == given_count) else $error("m_axi w: a burst was never sent");
    assert (answered == asked_count) else $error("m_axi b: the run ended before a burst was answered");
    assert (beats_left == 0) else $error("m_axi r: the run ended before its beats had come");
  end
endmodule

`default_nettype wire
