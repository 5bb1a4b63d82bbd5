using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace JamEmr.Identity;

/// <summary>Time-based one-time passwords (RFC 6238) as authenticators show them: HMAC-SHA-1, 6 digits, a new one every 30 seconds.</summary>
public static class TotpCode
{
    /// <summary>Digits of a code.</summary>
    public const int Digits = 6;

    /// <summary>Length of a secret, in bytes: as long as the hash (RFC 4226, section 4, requirement R6).</summary>
    public const int SecretBytes = 20;

    /// <summary>How long a code is shown (RFC 6238, section 5.2).</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int BitsPerLetter = 5;
    private const int Modulus = 1_000_000;

    /// <summary>The number of the time step that a moment is in, counted from the Unix epoch.</summary>
    public static long StepOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / (long)Period.TotalSeconds;

    /// <summary>The code that an authenticator with this secret shows at a moment.</summary>
    /// <param name="secret">Base32.</param>
    /// <exception cref="FormatException">The secret is not base32.</exception>
    public static string At(string secret, DateTimeOffset time) => OfStep(ReadBase32(secret), StepOf(time));

    /// <summary>The code of a step: HOTP with the step as counter (RFC 4226, section 5.3).</summary>
    [SuppressMessage("Security", "CA5350", Justification = "RFC 6238 and the authenticators people have say HMAC-SHA-1; nothing known breaks it in this use.")]
    public static string OfStep(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(secret, counter, mac);
        var offset = mac[^1] & 0x0f;
        var number = BinaryPrimitives.ReadInt32BigEndian(mac[offset..]) & int.MaxValue;
        return (number % Modulus).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>Bytes as base32 (RFC 4648, section 6), without padding, as authenticators take it.</summary>
    public static string WriteBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new char[((bytes.Length * 8) + BitsPerLetter - 1) / BitsPerLetter];
        for (var i = 0; i < text.Length; i++)
        {
            var bit = i * BitsPerLetter;
            var window = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[(bit / 8) + 1] : 0);
            text[i] = Alphabet[(window >> (16 - BitsPerLetter - (bit % 8))) & 0x1f];
        }

        return new string(text);
    }

    /// <summary>The bytes of base32 without padding.</summary>
    /// <exception cref="FormatException">It is not base32.</exception>
    public static byte[] ReadBase32(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = new byte[text.Length * BitsPerLetter / 8];
        for (var i = 0; i < text.Length; i++)
        {
            var value = Alphabet.IndexOf(char.ToUpperInvariant(text[i]), StringComparison.Ordinal);
            if (value < 0) throw new FormatException("This is not base32.");
            for (var j = 0; j < BitsPerLetter; j++)
            {
                var bit = (i * BitsPerLetter) + j;
                if (bit / 8 < bytes.Length && (value & (1 << (BitsPerLetter - 1 - j))) != 0) bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
            }
        }

        return bytes;
    }
}

/// <summary>An authenticator, as on a person's phone, that never shows a code twice: a service takes each once, and only in order.</summary>
/// <param name="secret">Base32.</param>
public sealed class Authenticator(string secret)
{
    // What is shown is still good when it arrives, though a request takes some time: so long, at least.
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _last;

    /// <summary>The next code a service will take within the next ten seconds, or null when all it would take at this moment were shown: wait for
    /// the next <see cref="TotpCode.Period"/>.</summary>
    public string? Next(DateTimeOffset now)
    {
        lock (_gate)
        {
            var step = Math.Max(_last + 1, TotpCode.StepOf(now + Leeway) - 1);
            if (step > TotpCode.StepOf(now) + 1) return null;
            _last = step;
            return TotpCode.OfStep(TotpCode.ReadBase32(secret), step);
        }
    }
}
