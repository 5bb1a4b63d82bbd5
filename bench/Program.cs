using System.CommandLine;
using JamEmr.Bench.Access;
using JamEmr.Bench.Api;
using JamEmr.Bench.Cluster;
using JamEmr.Bench.Crash;
using JamEmr.Bench.Engine;
using JamEmr.Bench.Http;
using JamEmr.Bench.Ledger;

var root = new RootCommand("Measures JamEMR on this machine. Run it in Release: dotnet run -c Release --project bench -- engine --json");
root.Subcommands.Add(EngineCommand.Create());
root.Subcommands.Add(LedgerCommand.Create());
root.Subcommands.Add(HttpCommand.Create());
root.Subcommands.Add(HttpCommand.CreateBare());
root.Subcommands.Add(AccessCommand.Create());
root.Subcommands.Add(ClusterCommand.Create());
root.Subcommands.Add(CrashCommand.Create(ApiProcess.Find));
// Who interrupts a run still waits for its servers to be ended and its folders removed.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
