using JamEmr.Silo;
using Microsoft.Extensions.Hosting;

try
{
    using var host = SiloHost.Build(args);
    await host.RunAsync();
    return 0;
}
catch (Exception e) when (SiloHost.Sentence(e) is { } sentence)
{
    await Console.Error.WriteLineAsync(sentence);
    return 1;
}
