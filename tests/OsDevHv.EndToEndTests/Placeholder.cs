namespace OsDevHv.Tests;
