using System.Text;
using OsDevHv.Profiles.Diagnostics;

namespace OsDevHv.Machine.Commands;

/// <summary>The commands of <c>monitor</c>: finds one by its name, an alias or an unambiguous beginning, and gives help.</summary>
internal sealed class MonitorTable
{
    private const int LongestForm = 24;
    private const int MostChoices = 12;

    private readonly IReadOnlyList<MonitorCommand> _commands;
    private readonly Func<bool> _isStopped;
    private readonly int _cpus;

    /// <summary>A table.</summary>
    /// <param name="commands">Its commands, in the order of the help.</param>
    /// <param name="isStopped">Whether the machine stands still.</param>
    /// <param name="cpus">How many CPUs it has.</param>
    public MonitorTable(IEnumerable<MonitorCommand> commands, Func<bool> isStopped, int cpus)
    {
        _isStopped = isStopped;
        _cpus = cpus;
        _commands =
        [
            new MonitorCommand("help", "[COMMAND]", "this list, or more about one command", Help),
            new MonitorCommand("cpu", "N COMMAND", "do a command for CPU N instead of the one that gdb looks at", ForCpuAsync),
            .. commands,
        ];
    }

    /// <summary>Runs a command line for a CPU; returns its output. Whatever is typed, it does not throw.</summary>
    public async Task<string> RunAsync(string line, int vcpu)
    {
        try
        {
            return await DispatchAsync(line.Trim(), vcpu).ConfigureAwait(false);
        }
        catch (MonitorException problem)
        {
            return $"{problem.Message}\n";
        }
    }

    private async Task<string> DispatchAsync(string line, int vcpu)
    {
        string[] words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return Help(new MonitorCall(vcpu, [], ""));
        }
        int named = 1;
        MonitorCommand command;
        // GDB hands "x/4i" over as one word, and so it is typed.
        string name = words[0];
        string format = "";
        if (name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
        {
            (name, format) = (name[..slash], name[slash..]);
        }
        if (name == "info")
        {
            if (words.Length == 1)
            {
                throw new MonitorException($"info what? {string.Join(", ", Infos().Select(static info => info.Name))}");
            }
            command = Find(words[1], [.. Infos()], "info ");
            named = 2;
        }
        else
        {
            command = Find(name, _commands, "");
        }
        if (command.NeedsStop && !_isStopped())
        {
            throw new MonitorException("the machine is running; stop it first");
        }
        string[] arguments = format.Length > 0 ? [format, .. words[named..]] : words[named..];
        return await command.RunAsync(new MonitorCall(vcpu, arguments, AfterWords(line, named))).ConfigureAwait(false);
    }

    private IEnumerable<MonitorCommand> Infos() => _commands.Where(static command => command.IsInfo);

    private static MonitorCommand Find(string name, IReadOnlyList<MonitorCommand> among, string prefix)
    {
        MonitorCommand? exact = among.FirstOrDefault(command => command.Name == name || command.Aliases.Contains(name));
        if (exact is not null)
        {
            return exact;
        }
        MonitorCommand[] begun = [.. among.Where(command => command.Name.StartsWith(name, StringComparison.Ordinal))];
        if (begun.Length == 1)
        {
            return begun[0];
        }
        if (begun.Length > 1 && name.Length > 0)
        {
            string choices = string.Join(", ", begun.Take(MostChoices).Select(static command => command.Name));
            throw new MonitorException($"'{prefix}{name}' may be any of {choices}");
        }
        string? near = Spelling.Nearest(name, among.SelectMany(static command => (string[])[command.Name, .. command.Aliases]));
        string hint = near is null ? ";" : $"; did you mean '{prefix}{near}'?";
        throw new MonitorException($"there is no command '{prefix}{name}'{hint} 'monitor help' lists them");
    }

    private Task<string> ForCpuAsync(MonitorCall call)
    {
        if (!int.TryParse(call[0], out int cpu) || cpu < 0 || cpu >= _cpus)
        {
            throw new MonitorException(call[0] is { } given ? $"there is no CPU {given}; they are 0 to {_cpus - 1}" : "which CPU?");
        }
        return DispatchAsync(AfterWords(call.Rest, 1), cpu);
    }

    private string Help(MonitorCall call)
    {
        var text = new StringBuilder();
        if (call[0] is not { } name)
        {
            foreach (MonitorCommand command in _commands)
            {
                text.Append($"{Form(command),-LongestForm} {command.Summary}\n");
            }
            text.Append("A beginning of a name is enough where it is the only one. 'monitor help COMMAND' says more.\n");
            return text.ToString();
        }
        bool isInfo = name == "info" && call[1] is not null;
        MonitorCommand one = isInfo ? Find(call[1]!, [.. Infos()], "info ") : Find(name, _commands, "");
        text.Append($"monitor {Form(one)}: {one.Summary}\n{one.Details}");
        if (one.Aliases.Count > 0)
        {
            text.Append($"Also: {string.Join(", ", one.Aliases)}\n");
        }
        if (one.IsInfo)
        {
            text.Append($"Also: info {one.Name}\n");
        }
        if (one.NeedsStop)
        {
            text.Append("The machine must be stopped.\n");
        }
        return text.ToString();
    }

    private static string Form(MonitorCommand command) => command.Usage.Length == 0 ? command.Name : $"{command.Name} {command.Usage}";

    private static string AfterWords(string line, int words)
    {
        ReadOnlySpan<char> rest = line.AsSpan().Trim();
        for (int word = 0; word < words; word++)
        {
            int end = rest.IndexOfAny(' ', '\t');
            rest = end < 0 ? [] : rest[end..].TrimStart();
        }
        return rest.ToString();
    }
}
