using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("OsDevHv.UnitTests")]
