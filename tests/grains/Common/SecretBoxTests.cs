using System.Buffers.Text;
using System.Security.Cryptography;
using JamEmr.Common;

namespace JamEmr.Tests.Grains.Common;

public sealed class SecretBoxTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] Secret = [.. Enumerable.Range(100, 20).Select(i => (byte)i)];

    [Fact]
    public void Given_a_secret_When_sealed_Then_only_the_same_key_opens_it_for_the_same_thing()
    {
        var box = new SecretBox(Key);
        var text = box.Seal(Secret, "factor of one");

        Assert.Equal(Secret, box.Open(text, "factor of one"));
        Assert.NotEqual(text, box.Seal(Secret, "factor of one"));
        Assert.ThrowsAny<CryptographicException>(() => box.Open(text, "factor of another"));
        Assert.ThrowsAny<CryptographicException>(() => new SecretBox(RandomNumberGenerator.GetBytes(32)).Open(text, "factor of one"));
    }

    [Fact]
    public void Given_a_sealed_secret_When_any_byte_is_changed_or_missing_Then_it_does_not_open()
    {
        var box = new SecretBox(Key);
        var bytes = Base64Url.DecodeFromChars(box.Seal(Secret, "it"));
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => box.Open(Base64Url.EncodeToString(changed), "it"));
            Assert.ThrowsAny<CryptographicException>(() => box.Open(Base64Url.EncodeToString(bytes.AsSpan(0, i)), "it"));
        }
    }

    [Fact]
    public void Given_a_key_of_another_length_When_used_Then_it_is_refused() => Assert.Throws<ArgumentException>(() => new SecretBox(new byte[16]));
}
