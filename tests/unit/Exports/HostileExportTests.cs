using System.Collections.Immutable;
using System.Text;
using JamEmr.Audit;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>Exports that somebody with a key made to break a verifier or to slip something past it: everything is hashed and signed as it is.</summary>
public sealed class HostileExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-hostile-").FullName;

    public static TheoryData<string, string> Records => new()
    {
        { "another object behind it", """RECORD{"id":1}""" },
        { "a BOM in front", "\uFEFFRECORD" },
        { "no object", "[]" },
        { "nothing", " " },
        { "a number", "1" },
        { "a comment", "RECORD//x" },
        { "deep nesting", new string('[', 2000) },
        { "a detail in a detail", """{"detail":{"a":{"b":"c"}}}""" },
        { "a field of another kind", """{"id":7}""" },
        { "a name in escapes", """{"\u0069d":"0195d3f0-0000-7000-8000-000000000001"}""" },
        { "not UTF-8", "\udc80" },
        { "a key that is half a character", """{"detail":{"\ud800":""}}""" },
        { "many keys, one twice", $"{{\"detail\":{{{string.Join(',', Enumerable.Range(0, 4000).Select(i => $"\"k{i}\":\"\""))},\"k7\":\"\"}}}}" },
        { "a record longer than records are", new string(' ', 70_000) },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Records))]
    public void Given_a_signed_record_that_is_none_When_verified_Then_it_is_malformed(string what, string record)
    {
        var records = AuditSamples.Records(0, 300).Select(one => one.Bytes.ToArray()).ToList();
        var text = record.Replace("RECORD", Encoding.UTF8.GetString(AuditSamples.Records(277, 1)[0].Bytes.Span), StringComparison.Ordinal);
        records[277] = text == "\udc80" ? [(byte)'"', 0x80, (byte)'"'] : Encoding.UTF8.GetBytes(text);
        var finding = Verify(records);
        Assert.True(finding is { Kind: FindingKind.RecordMalformed, Index: 277 }, $"{what}: {finding}");
    }

    [Theory]
    [InlineData("reduced reduced_sha256", true)]
    [InlineData("reduced", false)]
    [InlineData("reduced_sha256", false)]
    public void Given_a_record_without_what_its_event_requires_When_verified_Then_only_one_in_the_reduced_form_is_counted_and_let_pass(string keys, bool passes)
    {
        var records = AuditSamples.Records(0, 10).Select(one => one.Bytes.ToArray()).ToList();
        var whole = AuditSamples.Record(2);
        Assert.NotEmpty(whole.Detail);
        var detail = keys.Split(' ').ToImmutableSortedDictionary(key => key, _ => "true", StringComparer.Ordinal);
        records[2] = AuditRecordJson.ToBytes(whole with { Detail = detail, ContentHash = null });
        var report = Report(records);
        if (passes) Assert.Equal((true, 1), (report.IsSound, report.UnknownEvents));
        else Assert.Equal(FindingKind.FieldMissing, report.First!.Kind);
    }

    [Fact]
    public void Given_two_records_on_one_line_When_verified_Then_it_is_found_at_the_first()
    {
        var records = AuditSamples.Records(0, 10).Select(one => one.Bytes.ToArray()).ToList();
        records[3] = [.. records[3], (byte)'\n', .. records[4]];
        Assert.Equal(FindingKind.RecordChanged, Verify(records)!.Kind);
    }

    [Fact]
    public void Given_a_file_of_records_that_never_ends_When_verified_Then_it_ends_at_the_first()
    {
        var records = AuditSamples.Records(0, 3).Select(one => one.Bytes.ToArray()).ToList();
        using var signer = NoteSigner.Create(TempLog.Name, NoteKeyType.Ecdsa);
        ExportFiles.Make(records, signer, TempLog.Log, AuditSamples.Start).Write(_folder, null);
        using (var file = new FileStream(Path.Combine(_folder, "records.ndjson"), FileMode.Open)) file.SetLength(1L << 40);
        var finding = TempLog.Verify(_folder, [signer.Verifier]).First!;
        Assert.Equal((FindingKind.RecordBeyondHead, 3), (finding.Kind, finding.Index));
    }

    [Fact]
    public void Given_a_manifest_that_promises_more_than_there_can_be_When_verified_Then_it_ends_at_once()
    {
        using var signer = NoteSigner.Create(TempLog.Name, NoteKeyType.Ecdsa);
        var files = ExportFiles.Make([.. AuditSamples.Records(0, 3).Select(one => one.Bytes.ToArray())], signer, TempLog.Log, AuditSamples.Start);
        const long size = 1L << 60;
        files.Manifest = files.Manifest with { Count = size, TreeSize = size };
        files["checkpoint"] = Encoding.UTF8.GetBytes(
            SignedNote.Sign($"{TempLog.Name}/{TempLog.Log}\n{size}\n{new string('A', 43)}=\n", AuditSamples.Start, signer).ToString());
        files.Write(_folder, null);
        Assert.Equal(FindingKind.FileUnexpected, TempLog.Verify(_folder, [signer.Verifier]).First!.Kind);
        files.Remove("tile/0/000.p/3");
        Directory.Delete(Path.Combine(_folder, "tile"), recursive: true);
        Assert.Equal(FindingKind.FileUnreadable, TempLog.Verify(_folder, [signer.Verifier]).First!.Kind);
    }

    private Finding? Verify(List<byte[]> records) => Report(records).First;

    private ExportReport Report(List<byte[]> records)
    {
        using var signer = NoteSigner.Create(TempLog.Name, NoteKeyType.Ecdsa);
        ExportFiles.Make(records, signer, TempLog.Log, AuditSamples.Start, 1, 5).Write(_folder, null);
        return TempLog.Verify(_folder, [signer.Verifier]);
    }
}
