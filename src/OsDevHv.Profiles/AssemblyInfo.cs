using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("OsDevHv.UnitTests")]
[assembly: InternalsVisibleTo("OsDevHv.Suites")]
