using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Tests.Unit.Checkpoints;

public sealed class NoteKeyFileTests : IDisposable
{
    private const string Text = "jamemr-1/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, 500, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-keys-").FullName;

    private string KeyFile => Path.Combine(_folder, "data.checkpoint-keys");

    [Fact]
    public void Given_no_file_When_opened_twice_Then_one_key_is_made_for_its_owner_only()
    {
        using var first = Open(Now);
        using var second = Open(Now.AddDays(1));
        Assert.Equal(first.Published, second.Published);
        Assert.Equal("jamemr-1", first.Name);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Equal([KeyFile], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Given_a_rotation_When_the_overlap_lasts_and_ends_Then_both_keys_sign_and_then_the_new_one()
    {
        using var before = Open(Now);
        var old = before.SignersAt(Now)[0].Verifier;
        var published = NoteKeyFile.Rotate(KeyFile, NoteKeyType.Ecdsa, TimeSpan.FromDays(30), Now.AddDays(1));

        using var after = Open(Now.AddDays(1));
        var young = published.Keys[1].Key;
        Assert.Equal([old, young], after.SignersAt(Now.AddDays(1)).Select(signer => signer.Verifier));
        Assert.Equal([young], after.SignersAt(Now.AddDays(31)).Select(signer => signer.Verifier));
        Assert.Equal([old], after.SignersAt(Now).Select(signer => signer.Verifier));
        var note = SignedNote.Sign(Text, Now, after.SignersAt(Now.AddDays(2)));
        Assert.Single(note.Verify(old));
        Assert.Single(note.Verify(young));
    }

    [Fact]
    public void Given_an_ended_key_When_rotated_again_Then_its_private_half_is_gone_and_its_public_half_still_verifies()
    {
        using var before = Open(Now);
        var oldest = SignedNote.Sign(Text, Now, before.SignersAt(Now));
        NoteKeyFile.Rotate(KeyFile, NoteKeyType.Ecdsa, TimeSpan.FromDays(30), Now.AddDays(1));
        NoteKeyFile.Rotate(KeyFile, NoteKeyType.Ecdsa, TimeSpan.FromDays(30), Now.AddDays(100));
        Assert.Equal(2, File.ReadAllText(KeyFile).Split("BEGIN PRIVATE KEY").Length - 1);
        using var after = Open(Now.AddDays(100));
        Assert.Equal(3, after.Published.Keys.Length);
        Assert.Single(oldest.Verify(PublishedKeys.Parse(after.Published.ToString()).Verifiers));
        Assert.Equal(after.Published, PublishedKeys.Parse("# of a clinic\n\n" + after.Published));
    }

    [Fact]
    public void Given_keys_for_another_purpose_When_opened_Then_they_are_refused_and_nothing_is_overwritten()
    {
        using var made = Open(Now);
        var text = File.ReadAllText(KeyFile);
        Assert.Throws<NoteException>(() => NoteKeyFile.Read(KeyFile, NoteKeyType.EcdsaCosignature));
        Assert.False(NoteKeyFile.TryCreate(KeyFile, "jamemr-2", NoteKeyType.Ecdsa, Now));
        Assert.Equal(text, File.ReadAllText(KeyFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("key nonsense\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void Given_a_damaged_file_When_opened_Then_it_is_refused_and_kept(string text)
    {
        DurableFile.Write(KeyFile, text, DurableFile.Secret);
        Assert.Throws<NoteException>(() => Open(Now));
        Assert.Equal(text, File.ReadAllText(KeyFile));
    }

    [Fact]
    public void Given_the_private_half_of_another_key_When_opened_Then_it_is_refused()
    {
        using var made = Open(Now);
        var other = Path.Combine(_folder, "other");
        NoteKeyFile.TryCreate(other, "jamemr-1", NoteKeyType.Ecdsa, Now);
        var line = File.ReadAllLines(KeyFile).Single(l => l.StartsWith("key ", StringComparison.Ordinal));
        var block = File.ReadAllText(other);
        DurableFile.Write(KeyFile, line + "\n" + block[block.IndexOf("-----BEGIN", StringComparison.Ordinal)..], DurableFile.Secret);
        Assert.Throws<NoteException>(() => Open(Now));
    }

    [Fact]
    public void Given_a_file_that_others_may_read_When_opened_Then_it_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        Open(Now).Dispose();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(KeyFile, DurableFile.Open);
        Assert.Contains("chmod 600", Assert.Throws<NoteException>(() => Open(Now)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private NoteKeyRing Open(DateTimeOffset now)
    {
        if (!File.Exists(KeyFile)) NoteKeyFile.TryCreate(KeyFile, "jamemr-1", NoteKeyType.Ecdsa, now);
        return NoteKeyFile.Read(KeyFile, NoteKeyType.Ecdsa);
    }
}
