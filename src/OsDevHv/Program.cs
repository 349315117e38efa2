using OsDevHv.CommandLine;
using OsDevHv.Running;

// Guest output is bytes on stdout; everything of ours goes to stderr, but for what a command is asked to print.
TextWriter error = StandardStream.OpenText(2, autoFlush: true);
TextWriter output = StandardStream.OpenText(1, autoFlush: false);
var context = new ProgramContext(output, error, MachineFactory.Create)
{
    OutputIsTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"),
};
return await new ProgramCommands(context).RunAsync(args).ConfigureAwait(false);
