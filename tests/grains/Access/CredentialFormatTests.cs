using FsCheck;
using FsCheck.Fluent;
using JamEmr.Access;

namespace JamEmr.Tests.Grains.Access;

public sealed class CredentialFormatTests
{
    private static readonly Guid Practice = new("0195a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    private static readonly Guid Id = new("ffffffff-ffff-ffff-ffff-ffffffffffff");
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)(255 - i))];

    [Theory]
    [InlineData(CredentialKind.Session, "jas_")]
    [InlineData(CredentialKind.Token, "jam_")]
    public void Given_a_credential_When_written_and_read_Then_it_is_the_same(CredentialKind kind, string prefix)
    {
        var text = CredentialFormat.Write(kind, Practice, Id, Secret);

        Assert.StartsWith(prefix, text, StringComparison.Ordinal);
        Assert.Equal(CredentialFormat.Length, text.Length);
        Assert.True(CredentialFormat.TryParse(text, out var read));
        Assert.Equal(new Credential(kind, Practice, Id, CredentialFormat.SecretText(Secret)), read);
        Assert.Equal(GrainKeys.Of(Practice, Id), read.GrainKey);
        Assert.DoesNotContain(read.Secret, read.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Given_the_published_check_value_When_summed_Then_it_is_the_zip_crc()
    {
        // CRC-32/ISO-HDLC of the text before it, computed with zlib.
        var text = CredentialFormat.Write(CredentialKind.Token, Guid.Empty, Guid.Empty, new byte[32]);
        Assert.Equal("ed3fd099", text[^8..]);
    }

    [Fact]
    public void Given_a_credential_When_any_character_is_another_Then_it_is_refused()
    {
        var text = CredentialFormat.Write(CredentialKind.Token, Practice, Id, Secret);
        const string others = "ABCXYZabcxyz0189-_.=+/ \0\u0141";
        for (var at = 0; at < text.Length; at++)
        {
            foreach (var other in others.Where(c => c != text[at]))
                Assert.False(CredentialFormat.TryParse(text.AsSpan(0, at).ToString() + other + text[(at + 1)..], out _));
        }
    }

    [Fact]
    public void Given_a_credential_When_cut_or_longer_Then_it_is_refused()
    {
        var text = CredentialFormat.Write(CredentialKind.Session, Practice, Id, Secret);
        for (var length = 0; length < text.Length; length++) Assert.False(CredentialFormat.TryParse(text.AsSpan(0, length), out _));
        Assert.False(CredentialFormat.TryParse(text + "0", out _));
        Assert.False(CredentialFormat.TryParse(text.ToUpperInvariant(), out _));
    }

    [Fact]
    public void Given_any_ids_and_secret_When_written_Then_they_are_read_back() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<Guid>(), ArbMap.Default.ArbFor<Guid>(), ArbMap.Default.GeneratorFor<byte>().ArrayOf(32).ToArbitrary(),
        (practice, id, secret) => CredentialFormat.TryParse(CredentialFormat.Write(CredentialKind.Token, practice, id, secret), out var read)
            && read == new Credential(CredentialKind.Token, practice, id, CredentialFormat.SecretText(secret))));

    [Fact]
    public void Given_any_credential_When_any_of_its_characters_becomes_any_other_or_two_change_places_Then_it_is_refused() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(
            ArbMap.Default.GeneratorFor<byte>().ArrayOf(64).ToArbitrary(),
            Gen.Choose(0, CredentialFormat.Length - 1).ToArbitrary(),
            Gen.Choose(0, char.MaxValue).ToArbitrary(),
            (bytes, at, other) =>
            {
                var text = CredentialFormat.Write(CredentialKind.Token, new Guid(bytes.AsSpan(0, 16)), new Guid(bytes.AsSpan(16, 16)), bytes.AsSpan(32)).ToCharArray();
                var changed = text.ToArray();
                changed[at] = (char)other;
                var swapped = text.ToArray();
                var next = (at + 1) % text.Length;
                (swapped[at], swapped[next]) = (text[next], text[at]);
                // A flipped bit of a byte, as a bad line makes it.
                var flipped = text.ToArray();
                flipped[at] ^= (char)(1 << (other % 8));
                return IsRefused(changed) && IsRefused(swapped) && IsRefused(flipped);

                bool IsRefused(char[] one) => one.AsSpan().SequenceEqual(text) || !CredentialFormat.TryParse(one, out _);
            }));

    [Fact]
    public void Given_any_text_When_read_Then_it_never_throws() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.GeneratorFor<char>().ArrayOf(CredentialFormat.Length).ToArbitrary(), text => !CredentialFormat.TryParse(text, out _)));
}
