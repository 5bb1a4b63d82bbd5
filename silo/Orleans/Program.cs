using JamEmr.Ledger;
using JamEmr.Service;
using JamEmr.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

try
{
    using var host = SiloHost.Build(args);
    host.Services.GetRequiredService<Telemetry>();
    await SiloHost.CheckDatabaseAsync(host, CancellationToken.None);
    // Before any grain: an operator is told now, not by the first request that could not be recorded.
    host.Services.GetRequiredService<ILedgerStore>();
    await host.RunAsync();
    return 0;
}
catch (Exception e) when (SiloHost.Sentence(e) is { } sentence)
{
    await Console.Error.WriteLineAsync(sentence);
    return 1;
}
