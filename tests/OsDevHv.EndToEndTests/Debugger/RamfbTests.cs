namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>What the debugger shows of a frame buffer in RAM, in one session.</summary>
public sealed class RamfbTests(RamfbSession session) : IClassFixture<RamfbSession>
{
    [Fact]
    public void Before_the_kernel_runs_there_is_no_frame() => session.Session.Says("before", "ramfb: not set up by the guest");

    [Fact]
    public void The_items_are_listed_with_their_keys() => session.Session.Says("items", "0020h        60 bytes r- etc/e820");

    [Fact]
    public void The_frame_that_was_accepted_last_outlives_a_wrong_one() =>
        session.Session.Says("frame", "ramfb: 33x20 Rgb888 at 500000h, 128 bytes from row to row");

    [Fact]
    public void The_picture_is_in_memory_as_its_format_says()
    {
        // Blue comes first in memory: the white corner, the blue one, and what follows it.
        session.Session.Says("pixels", "0x500000:\t0xff\t0xff\t0xff");
        session.Session.Says("corner", "0xff\t0x00\t0x00");
        session.Session.Says("gap", "0x00\t0x00\t0x00");
    }

    [Fact]
    public void A_reset_takes_the_frame_away() => session.Session.Says("reset", "ramfb: not set up by the guest");
}

/// <summary>The session of <see cref="RamfbTests"/>.</summary>
public sealed class RamfbSession : SessionFixture
{
    /// <inheritdoc/>
    protected override string Kernel => "ramfb64.elf";

    /// <inheritdoc/>
    protected override string[] Options =>
        ["--cmdline", "lies=yes format=RG24 width=33 height=20 stride=128 address=0x500000"];

    // The last pixel is at row 19, column 32: 500000h + 19 * 128 + 32 * 3.
    /// <inheritdoc/>
    protected override string Script => """
        # before
        monitor info fw-cfg
        # start
        break picture_shown
        continue
        # items
        monitor info fw-cfg
        # frame
        monitor info fw-cfg
        # pixels
        x/3xb 0x500000
        # corner
        x/3xb 0x5009e0
        # gap
        x/3xb 0x5009e3
        # reset
        monitor reset
        monitor info fw-cfg
        # quit
        monitor quit
        """;
}
