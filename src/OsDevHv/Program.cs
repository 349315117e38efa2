using OsDevHv.CommandLine;
using OsDevHv.Running;

// Guest output is bytes on stdout; everything of ours goes to stderr, but for what a command is asked to print.
using var error = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true, NewLine = "\n" });
using var output = new StreamWriter(Console.OpenStandardOutput()) { NewLine = "\n" };
return await new ProgramCommands(new ProgramContext(output, error, MachineFactory.Create)).RunAsync(args).ConfigureAwait(false);
