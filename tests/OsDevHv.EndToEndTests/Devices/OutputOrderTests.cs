using System.Globalization;
using System.Text;
using OsDevHv.EndToEndTests.CommandLine;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>Writes to the debug console may be collected and served late; the guest's output keeps its order all the same.</summary>
public sealed class OutputOrderTests
{
    [Fact]
    [Trait("Suite", "devices")]
    public async Task Consoles_that_share_an_end_keep_the_order_of_the_guests_writes()
    {
        const int rounds = 300;

        using ProgramRun run = await KernelRun.ToEndAsync("alternate64.elf", 1, "");

        Assert.Equal(Expected(rounds), run.Output);
        run.Exits(KernelRun.Passed);
    }

    private static string Expected(int rounds)
    {
        var text = new StringBuilder();
        for (int i = 0; i < rounds; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"E{i}\nC{i}\n").Append('e', i).Append('\n');
        }

        return text.ToString();
    }
}
