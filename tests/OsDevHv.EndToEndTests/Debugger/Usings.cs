global using OsDevHv.EndToEndTests.Debugger.Harness;
