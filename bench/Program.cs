using System.CommandLine;
using JamEmr.Bench.Engine;

var root = new RootCommand("Measures JamEMR on this machine. Run it in Release: dotnet run -c Release --project bench -- engine --json");
root.Subcommands.Add(EngineCommand.Create());
return await root.Parse(args).InvokeAsync();
