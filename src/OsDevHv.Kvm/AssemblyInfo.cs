using System.Runtime.CompilerServices;

[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("OsDevHv.UnitTests")]
[assembly: InternalsVisibleTo("OsDevHv.KvmTests")]
