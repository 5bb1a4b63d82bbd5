using System.Text;
using FsCheck;
using FsCheck.Fluent;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Tests.Unit.Checkpoints;

public sealed class SignedNoteTests
{
    // Checkpoints of public logs that sign with ECDSA, and their keys, as the ecosystem's own libraries test with them.
    private const string RekorKey =
        "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=";

    private const string RekorNote =
        "Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n\n"
        + "— rekor.sigstore.dev wNI9ajBEAiARInWIWyCdyG27CO6LPnPekyw20qO0YJfoaPaowGp/XgIgc+qEHS3+GKVClgqq20uDLet7MCoTURUCRdxwWBHHufk=\n";

    private const string PixelKey =
        "pixel6_transparency_log+91c16e30+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABN+4x0Jk1yTwvLFI9A4NDdGZcX0aiWVdWM5XJVy0M4VWD3AvyW5Q6Hs9A0mcDkpUoYgn+KKPNzFC0H3nN3q6JQ8=";

    private const string PixelNote =
        "DEFAULT\n10\nbsWRucJU5xJPHb5eBdOm6+DM+VelCZBuvtI3sHERJ9Y=\n\n"
        + "— pixel6_transparency_log kcFuMDBFAiEAhqMAP8P6qf6QxtUJhzMhbN+MbZ9dwfUHzGQJmffJHtoCIGD0cNe47dHWBoPwYdgBCepB06/+g5O1FmYjXl06owL4\n";

    private const string Text = "example/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(RekorKey, RekorNote, 798034)]
    [InlineData(PixelKey, PixelNote, 10)]
    public void Given_a_public_logs_checkpoint_When_verified_with_its_published_key_Then_it_holds(string vkey, string text, long size)
    {
        var key = NoteVerifier.Parse(vkey);
        var note = SignedNote.Parse(text);
        Assert.Equal(key, Assert.Single(note.Verify(key)));
        Assert.Equal(vkey, key.ToString());
        Assert.Equal(text, note.ToString());
        Assert.Equal(size, Checkpoint.Parse(note.Text).Size);
        Assert.Equal(note.Text, Checkpoint.Parse(note.Text).ToString());
    }

    [Fact]
    public void Given_another_logs_key_of_the_same_name_When_verified_Then_the_signature_is_of_an_unknown_key()
    {
        var named = RekorKey.Replace("rekor.sigstore.dev", "bananas.sigstore.dev", StringComparison.Ordinal);
        var e = Assert.Throws<NoteException>(() => SignedNote.Parse(RekorNote).Verify(NoteVerifier.Parse(named)));
        Assert.Equal(NoteFault.NoKnownKey, e.Fault);
    }

    [Theory]
    [InlineData(NoteKeyType.Ecdsa)]
    [InlineData(NoteKeyType.EcdsaCosignature)]
    public void Given_a_signed_note_When_any_byte_is_altered_Then_it_fails(NoteKeyType type)
    {
        using var signer = NoteSigner.Create("example", type);
        var note = Encoding.UTF8.GetBytes(SignedNote.Sign(Text, Now, signer).ToString());
        Assert.NotEmpty(SignedNote.Parse(note).Verify(signer.Verifier));
        for (var i = 0; i < note.Length; i++) Assert.True(Fails(Altered(note, i, 1), signer.Verifier), $"byte {i}");
        var alterations = Gen.Choose(0, note.Length - 1).SelectMany(i => Gen.Choose(1, 255).Select(bits => (i, bits))).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(alterations, at => Fails(Altered(note, at.i, (byte)at.bits), signer.Verifier)));
        for (var length = 0; length < note.Length; length++) Assert.True(Fails(note[..length], signer.Verifier), $"first {length} bytes");
        Assert.True(Fails([.. note, (byte)'\n'], signer.Verifier));
    }

    [Fact]
    public void Given_signatures_of_old_and_new_key_When_verified_with_either_Then_it_holds()
    {
        using var old = NoteSigner.Create("example", NoteKeyType.Ecdsa);
        using var young = NoteSigner.Create("example", NoteKeyType.Ecdsa);
        var note = SignedNote.Sign(Text, Now, old, young);
        Assert.Equal(old.Verifier, Assert.Single(note.Verify(old.Verifier)));
        Assert.Equal(young.Verifier, Assert.Single(note.Verify(young.Verifier)));
        Assert.Equal(2, note.Verify(old.Verifier, young.Verifier).Count);
    }

    [Fact]
    public void Given_a_known_keys_bad_signature_beside_a_good_one_When_verified_Then_the_whole_note_is_refused()
    {
        using var good = NoteSigner.Create("good", NoteKeyType.Ecdsa);
        using var other = NoteSigner.Create("other", NoteKeyType.Ecdsa);
        var forged = other.Sign(Text + "more\n", Now);
        var note = SignedNote.Sign(Text, Now, good).With([forged]);
        Assert.Equal(NoteFault.BadSignature, Assert.Throws<NoteException>(() => note.Verify(good.Verifier, other.Verifier)).Fault);
        Assert.Single(note.Verify(good.Verifier));
    }

    [Fact]
    public void Given_an_unknown_key_with_the_id_or_the_name_of_a_known_one_When_verified_Then_it_is_passed_over()
    {
        using var known = NoteSigner.Create("known", NoteKeyType.Ecdsa);
        var note = SignedNote.Sign(Text, Now, known)
            .With([new NoteSignature("stranger", known.Verifier.KeyId, new byte[70]), new NoteSignature("known", known.Verifier.KeyId ^ 1, new byte[70])]);
        Assert.Single(SignedNote.Parse(note.ToString()).Verify(known.Verifier));
    }

    [Fact]
    public void Given_a_cosignature_When_read_Then_it_tells_its_time_and_is_none_of_the_log()
    {
        using var witness = NoteSigner.Create("witness", NoteKeyType.EcdsaCosignature);
        var note = SignedNote.Sign(Text, Now.AddMilliseconds(700), witness);
        Assert.Equal(Now, witness.Verifier.TimeOf(Assert.Single(note.Signatures)));
        Assert.Equal(witness.Verifier, NoteVerifier.Parse(witness.Verifier.ToString()));
        Assert.Contains("+/", witness.Verifier.ToString(), StringComparison.Ordinal); // type byte 0xff in base64
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n\n")]
    [InlineData("text\n\n— a wNI9ajBEAg==")] // no newline at the end
    [InlineData("text\n\n- a wNI9ajBEAg==\n")] // no em dash
    [InlineData("text\n\n—  wNI9ajBEAg==\n")] // no name
    [InlineData("text\n\n— a\n")] // no signature
    [InlineData("text\n\n— a wNI9ag==\n")] // an id and nothing more
    [InlineData("text\n\n— a+b wNI9ajBEAg==\n")] // plus sign
    [InlineData("text\n\n— a\u00a0b wNI9ajBEAg==\n")] // white space of Unicode
    [InlineData("text\n\n— a wNI9ajBEAg== \n")]
    [InlineData("text\n\n— a wNI9ajBEAh==\n")] // stray bits
    [InlineData("text\n\n— a wNI9ajBEAg\n")]
    [InlineData("te\rxt\n\n— a wNI9ajBEAg==\n")]
    [InlineData("te\0xt\n\n— a wNI9ajBEAg==\n")]
    [InlineData("text\n\n— a wNI9ajBEAg==\r\n")]
    public void Given_what_is_no_note_When_read_Then_it_is_refused(string text) =>
        Assert.Equal(NoteFault.Malformed, Assert.Throws<NoteException>(() => SignedNote.Parse(text)).Fault);

    [Fact]
    public void Given_bytes_that_are_no_UTF8_or_too_many_When_read_Then_they_are_refused()
    {
        Assert.Throws<NoteException>(() => SignedNote.Parse([0xff, .. "text\n\n— a wNI9ajBEAg==\n"u8]));
        Assert.Throws<NoteException>(() => SignedNote.Parse("\ud800\n\n— a wNI9ajBEAg==\n"));
        Assert.Throws<NoteException>(() => SignedNote.Parse(new byte[SignedNote.MaxBytes + 1]));
        var line = "— a wNI9ajBEAg==\n";
        Assert.Equal(SignedNote.MaxSignatures, SignedNote.Parse("text\n\n" + Repeat(line, SignedNote.MaxSignatures)).Signatures.Length);
        Assert.Throws<NoteException>(() => SignedNote.Parse("text\n\n" + Repeat(line, SignedNote.MaxSignatures + 1)));
    }

    [Fact]
    public void Given_a_text_with_empty_lines_When_signed_Then_the_last_empty_line_separates()
    {
        using var signer = NoteSigner.Create("a", NoteKeyType.Ecdsa);
        var note = SignedNote.Parse(SignedNote.Sign("one\n\ntwo\n", Now, signer).ToString());
        Assert.Equal("one\n\ntwo\n", note.Text);
        Assert.Single(note.Verify(signer.Verifier));
        Assert.Throws<NoteException>(() => SignedNote.Sign("no newline", Now, signer));
        Assert.Throws<NoteException>(() => SignedNote.Sign("text\n", Now));
    }

    [Theory]
    [InlineData("a+c0d23d6a")]
    [InlineData("a+c0d23d6a+!")]
    [InlineData("a+c0d23d6a+AwEB")]
    [InlineData("a+00000000+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=")]
    [InlineData("+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=")]
    [InlineData("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")] // Ed25519, which .NET cannot verify
    public void Given_what_is_no_key_of_ours_When_read_Then_it_is_refused(string vkey) =>
        Assert.Equal(NoteFault.Malformed, Assert.Throws<NoteException>(() => NoteVerifier.Parse(vkey)).Fault);

    [Theory]
    [InlineData("a\n1\n")]
    [InlineData("a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("a\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n")]
    [InlineData("\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nextension\n")]
    [InlineData("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    public void Given_what_is_no_checkpoint_When_read_Then_it_is_refused(string text) =>
        Assert.Equal(NoteFault.Malformed, Assert.Throws<NoteException>(() => Checkpoint.Parse(text)).Fault);

    [Fact]
    public void Given_extension_lines_When_read_Then_they_are_kept()
    {
        var text = Text + "one\ntwo\n";
        Assert.Equal(["one", "two"], Checkpoint.Parse(text).Extensions);
        Assert.Equal(text, Checkpoint.Parse(text).ToString());
        Assert.Throws<NoteException>(() => Checkpoint.Parse(Text + Repeat("x\n", Checkpoint.MaxExtensions + 1)));
    }

    [Fact]
    public void Given_another_installations_key_When_it_signs_this_origin_Then_the_checkpoint_is_not_opened()
    {
        using var other = NoteSigner.Create("jamemr-b", NoteKeyType.Ecdsa);
        var note = SignedNote.Sign("jamemr-a/system\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", Now, other);
        Assert.Single(note.Verify(other.Verifier));
        Assert.Equal(NoteFault.NoKnownKey, Assert.Throws<NoteException>(() => Checkpoint.Open(note, other.Verifier)).Fault);
    }

    [Fact]
    public void Given_a_witness_with_the_logs_own_name_When_only_it_signs_Then_the_checkpoint_is_not_opened()
    {
        using var witness = NoteSigner.Create("jamemr-a", NoteKeyType.EcdsaCosignature);
        var note = SignedNote.Sign("jamemr-a/system\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", Now, witness);
        Assert.Single(note.Verify(witness.Verifier));
        Assert.Equal(NoteFault.NoKnownKey, Assert.Throws<NoteException>(() => Checkpoint.Open(note, witness.Verifier)).Fault);
    }

    private static bool Fails(byte[] note, NoteVerifier key)
    {
        try
        {
            SignedNote.Parse(note).Verify(key);
            return false;
        }
        catch (NoteException)
        {
            return true;
        }
    }

    private static byte[] Altered(byte[] note, int at, byte bits)
    {
        var altered = note.ToArray();
        altered[at] ^= bits;
        return altered;
    }

    private static string Repeat(string line, int times) => string.Concat(Enumerable.Repeat(line, times));
}
