using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using JamEmr.Cli.Commands;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;
using SQLitePCL;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>Thousands of tamperings with the database of a log, drawn at random from a fixed seed: each must be found by the verifier with the
/// last checkpoint that a witness kept.</summary>
public sealed class DatabaseTamperTests
{
    private const int Seed = 20260303;
    private const int Rounds = 2000;
    private const int Count = 300;
    private const int Rewritings = 24;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_2000_random_tamperings_of_the_database_When_verified_with_the_witness_Then_each_is_found()
    {
        Batteries_V2.Init();
        var work = Directory.CreateTempSubdirectory("jamemr-tamper-").FullName;
        using var signer = NoteSigner.Create(TempLog.Name, NoteKeyType.Ecdsa);
        try
        {
            var sound = await MakeAsync(Path.Combine(work, "sound"), signer, AuditSamples.Records(0, Count), 100, 200);
            var whole = await RewriteAllAsync(work, signer);
            var found = new ConcurrentDictionary<(string Kind, string Finding), int>();
            Assert.Null(await VerifyAsync(await CopyAsync(sound.Database, Path.Combine(work, "copy")), sound.Witness, signer.Verifier));

            await Parallel.ForAsync(0, Rounds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = Ct }, async (round, _) =>
            {
                var random = new Random(Seed + round);
                var number = round % (DatabaseTamperings.All.Length + 2);
                var folder = Path.Combine(work, round.ToString(CultureInfo.InvariantCulture));
                string name;
                Finding? finding;
                if (number < DatabaseTamperings.All.Length)
                {
                    var kind = DatabaseTamperings.All[number];
                    name = kind.Name;
                    await CopyAsync(sound.Database, folder);
                    Tamper(folder, db => kind.Do(db, random, Count));
                    finding = await VerifyAsync(folder, sound.Witness, signer.Verifier);
                }
                else
                {
                    var (what, database, witness) = whole[random.Next(whole.Count)];
                    name = what;
                    finding = await VerifyAsync(await CopyAsync(database, folder), witness ?? sound.Witness, signer.Verifier);
                }

                Assert.True(finding is not null, $"round {round}: not found: {name}");
                found.AddOrUpdate((name, finding.Kind.ToString()), 1, (_, count) => count + 1);
                Directory.Delete(folder, recursive: true);
            });

            Assert.Equal(Rounds, found.Values.Sum());
            TestContext.Current.TestOutputHelper!.WriteLine(ExportTamperTests.Table(found));
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Databases that are consistent in themselves and not the log: what only a witness, or the records' own form, shows.</summary>
    private static async Task<List<(string What, byte[] Database, SignedNote? Witness)>> RewriteAllAsync(string work, NoteSigner signer)
    {
        var whole = new List<(string, byte[], SignedNote?)>();
        for (var i = 0; i < Rewritings; i++)
        {
            var random = new Random(Seed - i);
            var records = AuditSamples.Records(0, Count).ToList();
            var at = random.Next(Count - 1);
            var folder = Path.Combine(work, $"whole-{i}");
            switch (i % 4)
            {
                case 0:
                    var older = random.Next(1, Count);
                    whole.Add(("put back to an older copy", (await MakeAsync(folder, signer, records.GetRange(0, older))).Database, null));
                    break;
                case 1:
                    records[at] = AuditSamples.ToLedger(AuditSamples.Record(900_000 + at));
                    whole.Add(("everything re-hashed with another record, stolen key", (await MakeAsync(folder, signer, records)).Database, null));
                    break;
                case 2:
                    records.RemoveAt(at);
                    records.AddRange(AuditSamples.Records(Count, 20));
                    whole.Add(("everything re-hashed without a record, stolen key", (await MakeAsync(folder, signer, records)).Database, null));
                    break;
                default:
                    var text = Encoding.UTF8.GetString(records[at].Bytes.Span);
                    var from = text.IndexOf("\"correlationId\"", StringComparison.Ordinal);
                    var without = text.Remove(from, text.IndexOf("\",\"", from, StringComparison.Ordinal) + 2 - from);
                    records[at] = records[at] with { Bytes = Encoding.UTF8.GetBytes(without) };
                    var made = await MakeAsync(folder, signer, records);
                    whole.Add(("a field was never there, signed and witnessed so", made.Database, made.Witness));
                    break;
            }
        }

        return whole;
    }

    private static async Task<(byte[] Database, SignedNote Witness)> MakeAsync(string folder, NoteSigner signer, IReadOnlyList<LedgerRecord> records, params int[] checkpoints)
    {
        SignedNote? note = null;
        await using (var store = await SqliteLedgerStore.OpenAsync(folder, ct: Ct))
        {
            var from = 0;
            foreach (var size in checkpoints.Append(records.Count))
            {
                await store.AppendAsync(TempLog.Log, [.. records.Skip(from).Take(size - from)], Ct);
                from = size;
                var head = await store.HeadAsync(TempLog.Log, Ct);
                var time = AuditSamples.Start.AddHours(size);
                note = SignedNote.Sign(new Checkpoint(Checkpoint.OriginOf(TempLog.Name, TempLog.Log), head.Size, head.Root).ToString(), time, signer);
                await store.SaveCheckpointAsync(TempLog.Log, new StoredCheckpoint(head.Size, time, null, note.ToString()), Ct);
            }
        }

        return (await File.ReadAllBytesAsync(Path.Combine(folder, "ledger.db"), Ct), note!);
    }

    private static async Task<string> CopyAsync(byte[] database, string folder)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, "ledger.db"), database, Ct);
        return folder;
    }

    private static void Tamper(string folder, Action<sqlite3> change)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(Path.Combine(folder, "ledger.db"), out var database));
        using (database) change(database);
    }

    // As jamemr verify does it.
    private static async Task<Finding?> VerifyAsync(string folder, SignedNote witness, NoteVerifier key)
    {
        try
        {
            await using var store = await SqliteLedgerStore.OpenAsync(folder, new SqliteLedgerOptions { ReadOnly = true, Readers = 1 }, Ct);
            var verification = new DataVerification(
                store, PublishedCheckpoints.Of(folder, null), [key], [new Witnessed("witness", witness)], trustGiven: true, TextWriter.Null, TextWriter.Null);
            return (await verification.FindAsync(practice: null, Ct))?.Finding;
        }
        catch (NoteException e)
        {
            return new Finding(FindingKind.SignatureWrong, null, e.Message);
        }
        catch (LedgerUnavailableException e)
        {
            return new Finding(FindingKind.Unreadable, null, e.Message);
        }
    }
}
