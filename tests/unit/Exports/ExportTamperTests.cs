using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using JamEmr.Cli.Commands;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>Thousands of tamperings with exports, drawn at random from a fixed seed: each must be found by a verifier that has the log's key and
/// the last checkpoint that a witness kept.</summary>
public sealed class ExportTamperTests
{
    private const int Seed = 20260302;
    private const int Rounds = 8000;

    private static readonly int[] Sizes = [3, 40, 130, 256, 300, 520];

    [Fact]
    public void Given_8000_random_tamperings_of_an_export_When_verified_with_the_witness_Then_each_is_found()
    {
        using var signer = NoteSigner.Create(TempLog.Name, NoteKeyType.Ecdsa);
        using var stranger = NoteSigner.Create(TempLog.Name, NoteKeyType.Ecdsa);
        var logs = Sizes.Select(size => ExportFiles.Make(
            [.. AuditSamples.Records(0, size).Select(record => record.Bytes.ToArray())], signer, TempLog.Log, AuditSamples.Start, 1, size / 2, size - 1)).ToArray();
        var kinds = new ExportTamperings(signer, stranger, TempLog.Log).All;
        var found = new ConcurrentDictionary<(string Kind, string Finding), int>();
        using var work = new WorkFolders();

        foreach (var log in logs) Assert.Null(work.Verify(log, signer.Verifier, log.Head));
        Parallel.For(0, Rounds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken }, round =>
        {
            var random = new Random(Seed + round);
            var (kind, log) = (kinds[round % kinds.Length], logs[random.Next(logs.Length)]);
            var tampered = log.Copy();
            kind.Do(tampered, random);
            var finding = work.Verify(tampered, signer.Verifier, kind.WitnessAgrees ? tampered.Head : log.Head);
            Assert.True(finding is not null, $"round {round}: not found: {kind.Name}");
            if (kind.Finding is { } only) Assert.True(only == finding.Kind, $"round {round}: {kind.Name}: {finding}");
            found.AddOrUpdate((kind.Name, finding.Kind.ToString()), 1, (_, count) => count + 1);
        });

        Assert.Equal(Rounds, found.Values.Sum());
        TestContext.Current.TestOutputHelper!.WriteLine(Table(found));
    }

    internal static string Table(IReadOnlyDictionary<(string Kind, string Finding), int> found)
    {
        var lines = new StringBuilder();
        foreach (var kind in found.GroupBy(one => one.Key.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
        {
            var by = string.Join(", ", kind.OrderByDescending(one => one.Value).Select(one => $"{one.Key.Finding} {one.Value}"));
            lines.AppendLine(CultureInfo.InvariantCulture, $"{kind.Sum(one => one.Value),5} {kind.Key}: {by}");
        }

        return lines.AppendLine(CultureInfo.InvariantCulture, $"{found.Values.Sum(),5} found of {found.Values.Sum()}").ToString();
    }

    /// <summary>A folder for each thread, in which only what differs from the last export is written.</summary>
    private sealed class WorkFolders : IDisposable
    {
        private readonly string _root = Directory.CreateTempSubdirectory("jamemr-tamper-").FullName;
        private readonly ConcurrentBag<(string Folder, ExportFiles? Holds)> _free = [];
        private int _made;

        public Finding? Verify(ExportFiles files, NoteVerifier key, SignedNote witness)
        {
            if (!_free.TryTake(out var free))
                free = (Directory.CreateDirectory(Path.Combine(_root, Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture))).FullName, null);
            files.Write(free.Folder, free.Holds);
            var report = ExportVerifier.Verify(free.Folder, new ExportChecks
            {
                Format = AuditFormat.Records,
                Keys = [key],
                Against = [new Witnessed("witness", witness)],
                Cores = 1,
            }, TestContext.Current.CancellationToken);
            _free.Add((free.Folder, files));
            return report.First;
        }

        public void Dispose() => Directory.Delete(_root, recursive: true);
    }
}
