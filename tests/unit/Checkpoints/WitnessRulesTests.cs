using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Witnessing;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Checkpoints;

public sealed class WitnessRulesTests : IDisposable
{
    private const string Origin = "jamemr-1/log";
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-witness-").FullName;
    private readonly ManualTimeProvider _time = new();
    private readonly NoteSigner _key = NoteSigner.Create("jamemr-1", NoteKeyType.Ecdsa);
    private WitnessState _state;

    public WitnessRulesTests() => _state = WitnessState.Open(_folder, "w1", _time.GetUtcNow());

    private WitnessRules Witness => new(_state, [_key.Verifier], _time);

    [Fact]
    public void Given_a_log_that_grows_When_it_proves_so_Then_each_checkpoint_is_cosigned_and_kept()
    {
        foreach (var (old, size) in new[] { (0, 0), (0, 3), (3, 3), (3, 8), (8, 1000), (1000, 1001) })
        {
            var decision = Send(old, size);
            Assert.Equal(WitnessVerdict.Cosigned, decision.Verdict);
            var kept = Assert.NotNull(_state.Newest(Origin));
            Assert.Equal(size, kept.Checkpoint.Size);
            var note = SignedNote.Parse(Note(size).ToString() + string.Concat(decision.Signatures));
            Assert.Equal([Witness.Key], note.Verify(Witness.Key));
            Assert.Equal(_time.GetUtcNow(), kept.Time);
            _time.Advance(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public void Given_a_checkpoint_kept_When_the_next_starts_elsewhere_Then_the_witness_tells_its_size()
    {
        Send(0, 10);
        var decision = Send(0, 20);
        Assert.Equal((WitnessVerdict.Conflict, 10L, WitnessConcern.None), (decision.Verdict, decision.HaveSize, decision.Concern));
        Assert.Equal(WitnessVerdict.Conflict, Send(5, 20).Verdict);
        Assert.Equal(10, _state.Newest(Origin)!.Value.Checkpoint.Size);
    }

    [Fact]
    public void Given_a_fork_When_it_is_presented_Then_it_is_refused_and_kept_as_evidence()
    {
        Send(0, 10);
        var same = Send(10, 10, seed: 1);
        Assert.Equal((WitnessVerdict.NotProven, WitnessConcern.Misbehaviour), (same.Verdict, same.Concern));
        Assert.Contains("forked", same.Message, StringComparison.Ordinal);
        var larger = Send(10, 20, seed: 1); // its own proof is right, and does not begin here
        Assert.Equal((WitnessVerdict.NotProven, WitnessConcern.Misbehaviour), (larger.Verdict, larger.Concern));
        Assert.Equal(2, Evidence().Length);
        Send(10, 20, seed: 1);
        Assert.Equal(2, Evidence().Length); // once is enough
        var evidence = WitnessRequest.Parse(File.ReadAllBytes(Evidence()[0]));
        Assert.Single(evidence.Note.Verify(_key.Verifier));
        Assert.Equal(10, _state.Newest(Origin)!.Value.Checkpoint.Size);
    }

    [Fact]
    public void Given_a_rollback_When_it_is_presented_Then_it_is_refused_and_a_late_message_is_no_rollback()
    {
        Send(0, 10);
        var late = Send(0, 9);
        Assert.Equal((WitnessVerdict.Conflict, WitnessConcern.Notice, 10L), (late.Verdict, late.Concern, late.HaveSize));
        Assert.Empty(Evidence());
        _time.Advance(TimeSpan.FromMinutes(2));
        var back = Send(0, 9);
        Assert.Equal((WitnessVerdict.Conflict, WitnessConcern.Misbehaviour, 10L), (back.Verdict, back.Concern, back.HaveSize));
        Assert.Single(Evidence());
    }

    [Fact]
    public void Given_any_altered_proof_When_presented_Then_it_is_refused()
    {
        Send(0, 5);
        var proof = Proof(5, 12);
        Assert.NotEmpty(proof);
        for (var i = 0; i < proof.Length; i++)
        {
            var altered = proof.ToArray();
            altered[i] = MerkleTree.LeafHash([(byte)i]);
            Assert.Equal(WitnessVerdict.NotProven, Witness.Add(Bytes(new WitnessRequest(5, [.. altered], Note(12)))).Verdict);
            Assert.Equal(WitnessVerdict.NotProven, Witness.Add(Bytes(new WitnessRequest(5, [.. proof.Where((_, at) => at != i)], Note(12)))).Verdict);
        }

        Assert.Equal(WitnessVerdict.NotProven, Witness.Add(Bytes(new WitnessRequest(5, [], Note(12)))).Verdict);
        Assert.Equal(WitnessVerdict.NotProven, Witness.Add(Bytes(new WitnessRequest(5, [.. proof, proof[0]], Note(12)))).Verdict);
        Assert.Equal(WitnessVerdict.NotProven, Witness.Add(Bytes(new WitnessRequest(5, [.. proof], Note(5)))).Verdict);
        Assert.Equal(WitnessVerdict.Cosigned, Witness.Add(Bytes(new WitnessRequest(5, [.. proof], Note(12)))).Verdict);
    }

    [Fact]
    public void Given_a_first_checkpoint_When_it_has_a_proof_or_a_false_empty_root_Then_it_is_refused()
    {
        Assert.Equal(WitnessVerdict.NotProven, Witness.Add(Bytes(new WitnessRequest(0, [MerkleTree.EmptyRoot], Note(3)))).Verdict);
        var text = new Checkpoint(Origin, 0, MerkleTree.LeafHash([])).ToString();
        Assert.Equal(WitnessVerdict.NotProven, Witness.Add(Bytes(new WitnessRequest(0, [], SignedNote.Sign(text, _time.GetUtcNow(), _key)))).Verdict);
    }

    [Fact]
    public void Given_strangers_When_they_ask_Then_they_are_refused()
    {
        using var stranger = NoteSigner.Create("jamemr-2", NoteKeyType.Ecdsa);
        using var impostor = NoteSigner.Create("jamemr-1", NoteKeyType.Ecdsa);
        Assert.Equal(WitnessVerdict.UnknownLog, Sign("jamemr-2/log", stranger).Verdict);
        Assert.Equal(WitnessVerdict.UnknownLog, Sign("jamemr-10/log", _key).Verdict);
        Assert.Equal(WitnessVerdict.NotSigned, Sign(Origin, stranger).Verdict);
        Assert.Equal(WitnessVerdict.NotSigned, Sign(Origin, impostor).Verdict);
        var forged = SignedNote.Sign(TextOf(Origin, 7), _time.GetUtcNow(), _key);
        Assert.Equal(WitnessVerdict.NotSigned, Witness.Add(Encoding.UTF8.GetBytes($"old 0\n\n{forged}".Replace("\n7\n", "\n8\n", StringComparison.Ordinal))).Verdict);
        Assert.Null(_state.Newest(Origin));
        Assert.Empty(Evidence()); // whoever is not known fills no disk

        WitnessDecision Sign(string origin, NoteSigner key) =>
            Witness.Add(Bytes(new WitnessRequest(0, [], SignedNote.Sign(TextOf(origin, 7), _time.GetUtcNow(), key))));
    }

    [Fact]
    public void Given_an_old_size_above_the_checkpoints_When_asked_Then_the_request_is_malformed() =>
        Assert.Equal(WitnessVerdict.Malformed, Witness.Add(Bytes(new WitnessRequest(8, [], Note(7)))).Verdict);

    [Fact]
    public void Given_what_is_no_request_When_read_Then_it_is_malformed()
    {
        var good = new WitnessRequest(0, [], Note(7)).ToString();
        Assert.Equal(WitnessVerdict.Cosigned, Witness.Add(Encoding.UTF8.GetBytes(good)).Verdict);
        foreach (var bad in new[]
        {
            "", "old 0\n", "old 0\n\n", good.Replace("old 0", "old 00", StringComparison.Ordinal), good.Replace("old 0", "new 0", StringComparison.Ordinal),
            good.Replace("old 0", "old -1", StringComparison.Ordinal), good.Replace("old 0\n", "old 0\r\n", StringComparison.Ordinal), good.Replace("old 0\n", "old 0\nAAAA\n", StringComparison.Ordinal),
            good.Replace("old 0\n", "old 0\n" + string.Concat(Enumerable.Repeat(Convert.ToBase64String(new byte[32]) + "\n", 64)), StringComparison.Ordinal),
            good[..^1], good + "\n", "\n" + good,
        })
        {
            Assert.Equal(WitnessVerdict.Malformed, Witness.Add(Encoding.UTF8.GetBytes(bad)).Verdict);
        }

        Assert.Equal(WitnessVerdict.Malformed, Witness.Add(new byte[WitnessRequest.MaxBytes + 1]).Verdict);
    }

    [Fact]
    public void Given_a_rotation_of_the_log_When_the_witness_knows_either_key_Then_it_cosigns()
    {
        using var young = NoteSigner.Create("jamemr-1", NoteKeyType.Ecdsa);
        var both = SignedNote.Sign(TextOf(Origin, 7), _time.GetUtcNow(), _key, young);
        Assert.Equal(WitnessVerdict.Cosigned, Witness.Add(Bytes(new WitnessRequest(0, [], both))).Verdict);
        var knowsYoung = new WitnessRules(_state, [young.Verifier], _time);
        Assert.Equal(WitnessVerdict.Cosigned, knowsYoung.Add(Bytes(new WitnessRequest(7, [], both))).Verdict);
    }

    [Fact]
    public void Given_a_crash_while_a_checkpoint_was_being_written_When_started_again_Then_the_one_before_counts()
    {
        Send(0, 10);
        var file = Assert.Single(Directory.GetFiles(_folder, "*.checkpoint"));
        _state.Dispose();
        // What a kill between writing and renaming leaves: the next one, whole or in part, under its draft's name.
        File.WriteAllText(file + ".0123abcd" + DurableFile.DraftSuffix, Note(20).ToString());
        File.WriteAllText(file + ".4567abcd" + DurableFile.DraftSuffix, Note(20).ToString()[..30]);
        _state = WitnessState.Open(_folder, "w1", _time.GetUtcNow());
        Assert.Equal(10, _state.Newest(Origin)!.Value.Checkpoint.Size);
        Assert.Equal(WitnessVerdict.Cosigned, Send(10, 20).Verdict);
    }

    [Fact]
    public void Given_a_kept_checkpoint_that_was_changed_When_asked_Then_nothing_is_cosigned()
    {
        Send(0, 10);
        var file = Assert.Single(Directory.GetFiles(_folder, "*.checkpoint"));
        File.WriteAllText(file, Note(5).ToString()); // the log's own signature is not the witness's
        var e = Assert.Throws<WitnessStateException>(() => Send(5, 20));
        Assert.Contains(Path.GetFileName(file), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_folder_in_use_or_without_its_key_When_opened_Then_it_is_refused()
    {
        Send(0, 10);
        Assert.Contains("Another witness", Assert.Throws<WitnessStateException>(() => WitnessState.Open(_folder, null, _time.GetUtcNow())).Message, StringComparison.Ordinal);
        _state.Dispose();
        Assert.Throws<NoteException>(() => WitnessState.Open(_folder, "w2", _time.GetUtcNow()));
        File.Move(Path.Combine(_folder, "witness.key"), Path.Combine(_folder, "elsewhere"));
        Assert.Contains("restore", Assert.Throws<WitnessStateException>(() => WitnessState.Open(_folder, "w1", _time.GetUtcNow())).Message, StringComparison.Ordinal);
        File.Move(Path.Combine(_folder, "elsewhere"), Path.Combine(_folder, "witness.key"));
        _state = WitnessState.Open(_folder, null, _time.GetUtcNow());
        Assert.Equal("w1", _state.Keys.Name);
    }

    public void Dispose()
    {
        _state.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static byte[] Bytes(WitnessRequest request) => Encoding.UTF8.GetBytes(request.ToString());

    private string[] Evidence() => Directory.Exists(Path.Combine(_folder, "evidence")) ? Directory.GetFiles(Path.Combine(_folder, "evidence")) : [];

    private WitnessDecision Send(int old, int size, int seed = 0) => Witness.Add(Bytes(new WitnessRequest(old, [.. Proof(old, size, seed)], Note(size, seed))));

    private SignedNote Note(int size, int seed = 0) => SignedNote.Sign(TextOf(Origin, size, seed), _time.GetUtcNow(), _key);

    private static string TextOf(string origin, int size, int seed = 0) => new Checkpoint(origin, size, Range(0, size, seed).Root()).ToString();

    // By the definition of RFC 6962, 2.1.2, from the leaves themselves.
    private static Digest[] Proof(int old, int size, int seed = 0)
    {
        return old == 0 || old == size ? [] : [.. Sub(old, 0, size, whole: true)];

        IEnumerable<Digest> Sub(int m, int from, int to, bool whole)
        {
            if (m == to - from) return whole ? [] : [Range(from, to, seed).Root()];
            var k = 1;
            while (k * 2 < to - from) k *= 2;
            return m <= k
                ? [.. Sub(m, from, from + k, whole), Range(from + k, to, seed).Root()]
                : [.. Sub(m - k, from + k, to, whole: false), Range(from, from + k, seed).Root()];
        }
    }

    private static CompactRange Range(int from, int to, int seed)
    {
        var range = new CompactRange();
        for (var i = from; i < to; i++) range.Append(MerkleTree.LeafHash(BitConverter.GetBytes(i + (seed << 20))));
        return range;
    }
}
