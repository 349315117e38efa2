using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger;

namespace OsDevHv.EndToEndTests.Display;

/// <summary>The screen as gdb's <c>monitor</c> commands tell of it, in one session.</summary>
public sealed class MonitorScreenTests(MonitorScreenSession session) : IClassFixture<MonitorScreenSession>
{
    [Fact]
    public void A_new_machines_screen_is_empty() => session.Session.Says("empty", "text, 80x25, cursor at row 0, column 0");

    [Fact]
    public void The_screen_is_the_text_that_the_kernel_wrote() => session.Session.Says(
        "text",
        """
        text, 80x25, cursor at row 18, column 7
        vga-text

         ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼
         !"#$%&'()*+,-./0123456789:;<=>?
        @ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_
        `abcdefghijklmnopqrstuvwxyz{|}~⌂
        ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ
        áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐
        └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀
        αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■


        AAAAAAAAAAAAAAAA

          ╔══════╗
          ║ boxed║
          ╚══════╝

        cursor:
        """);

    [Fact]
    public void A_screenshot_is_written_where_the_user_says()
    {
        session.Session.Says("shot", $"screenshot: {session.File}: text, 80x25");
        Pictures.AssertSame("vga-text.png", session.File);
    }

    [Fact]
    public void A_screenshot_without_a_file_asks_for_one() => session.Session.Says("nameless", "screenshot to which file?");

    [Fact]
    public void A_screenshot_that_cannot_be_written_says_why() =>
        session.Session.Says("unwritable", "screenshot: cannot write /nowhere/at/all.png: ");
}

/// <summary>The session of <see cref="MonitorScreenTests"/>.</summary>
public sealed class MonitorScreenSession : SessionFixture
{
    private readonly TemporaryFiles _files = new();

    /// <summary>The picture.</summary>
    public string File => _files.Path("the screen.png");

    /// <inheritdoc/>
    protected override string Kernel => "vga-text64.elf";

    /// <inheritdoc/>
    protected override string Script => $"""
        # empty
        monitor screen
        # start
        break machine_exit
        continue
        # text
        monitor screen
        # shot
        monitor screenshot {File}
        # nameless
        monitor screenshot
        # unwritable
        monitor screenshot /nowhere/at/all.png
        # quit
        monitor quit
        """;
}
