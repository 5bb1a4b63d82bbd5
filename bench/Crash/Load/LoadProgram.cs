using System.Globalization;

namespace JamEmr.Bench.Crash.Load;

/// <summary>
/// The load, in a process of its own that is never killed. It is told on its input where servers serve (<c>serve URL…</c>, <c>found CODE URL…</c>
/// for the first) and when to <c>end</c>; it says <c>working</c> once its people are signed in, with a code by
/// which two of them can once more, how much is acknowledged, and at the end how
/// often it asked again.
/// </summary>
internal static class LoadProgram
{
    private const int Workers = 8;

    /// <param name="args">The file for what is acknowledged, and a number to choose from.</param>
    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output)
    {
        if (args is not [var path, var seed])
        {
            await output.WriteLineAsync("The load of the crash proof; started by: dotnet run -c Release --project bench -- crash --rounds 50");
            return 2;
        }

        using var http = Http.NewClient();
        using var end = new CancellationTokenSource();
        var turn = new ServerTurn();
        Task<int>? work = null;
        var said = TextWriter.Synchronized(output);
        await using var file = new AckFile(path, count => said.WriteLine(string.Create(CultureInfo.InvariantCulture, $"acknowledged {count}")));
        while (await input.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] is "end") break;
            var isFirst = words[0] is "found";
            var addresses = words.Skip(isFirst ? 2 : 1).Select(static word => new Uri(word)).ToList();
            if (isFirst)
            {
                var (people, returning, _) = await People.FoundAsync(http, addresses[0], words[1], end.Token);
                work = WorkAsync(http, turn, file, people, int.Parse(seed, CultureInfo.InvariantCulture), said, end.Token);
                await said.WriteLineAsync($"working {returning.Doctor} {returning.Officer}");
            }

            turn.Begin(addresses);
        }

        await end.CancelAsync();
        var repeated = work is null ? 0 : await work;
        await said.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"repeated {repeated}"));
        return 0;
    }

    private static async Task<int> WorkAsync(
        HttpClient http, ServerTurn turn, AckFile file, People people, int seed, TextWriter said, CancellationToken ct)
    {
        var connections = Enumerable.Range(0, Workers).Select(_ => new Connection(http, turn, file, fault => said.WriteLine($"fault {fault}"))).ToArray();
        await Task.WhenAll(connections.Select(async (connection, number) =>
        {
            try
            {
                await new Worker(number, connection, people, new Random(seed + number)).WorkAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // The end.
            }
        }));
        return connections.Sum(connection => connection.Repeated);
    }
}
