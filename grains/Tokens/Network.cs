using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace JamEmr.Tokens;

/// <summary>
/// A network in CIDR form (RFC 4632, 3.1; RFC 4291, 2.3): addresses whose first bits are those of the prefix. IPv4 is four decimal numbers
/// without leading zeros, so that nobody reads an octal or shortened form as something else; the bits behind the prefix are zero; IPv4 within
/// IPv6 is written as IPv4.
/// </summary>
internal readonly record struct Network
{
    private const int MaxLength = 49;
    private static readonly SearchValues<char> s_v6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");
    private readonly UInt128 _prefix;
    private readonly bool _isV6;

    private Network(UInt128 prefix, int length, bool isV6) => (_prefix, Length, _isV6) = (prefix, length, isV6);

    /// <summary>How many bits the prefix has.</summary>
    public int Length { get; }

    private int Bits => _isV6 ? 128 : 32;

    /// <summary>Reads a network; false unless the whole text is one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Network network)
    {
        network = default;
        if (text.Length > MaxLength) return false;
        var slash = text.IndexOf('/');
        if (slash < 0 || !TryReadAddress(text[..slash], out var bits, out var isV6)) return false;
        if (!TryReadNumber(text[(slash + 1)..], isV6 ? 128 : 32, out var length)) return false;
        if ((bits & ~Mask(length, isV6 ? 128 : 32)) != UInt128.Zero) return false;
        network = new Network(bits, length, isV6);
        return true;
    }

    /// <summary>Whether the address, as the front door saw it, is in this network. What is no address is in none.</summary>
    public bool Contains(string address)
    {
        if (!IPAddress.TryParse(address, out var ip)) return false;
        if (ip.IsIPv4MappedToIPv6) ip = ip.MapToIPv4();
        return ip.AddressFamily is AddressFamily.InterNetworkV6 == _isV6 && (ToBits(ip) & Mask(Length, Bits)) == _prefix;
    }

    /// <summary>Whether every address of the other is in this network.</summary>
    public bool Contains(Network other) =>
        other._isV6 == _isV6 && other.Length >= Length && (other._prefix & Mask(Length, Bits)) == _prefix;

    /// <summary>The network's one spelling.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _prefix);
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(_isV6 ? bytes : bytes[12..])}/{Length}");
    }

    private static bool TryReadAddress(ReadOnlySpan<char> text, out UInt128 bits, out bool isV6)
    {
        bits = default;
        isV6 = text.Contains(':');
        if (!isV6) return TryReadV4(text, out bits);
        // No zones, no brackets: those name an interface or a URL's part, not a network.
        if (text.ContainsAnyExcept(s_v6Characters) || !IPAddress.TryParse(text, out var ip) || ip.IsIPv4MappedToIPv6) return false;
        bits = ToBits(ip);
        return true;
    }

    private static bool TryReadV4(ReadOnlySpan<char> text, out UInt128 bits)
    {
        bits = default;
        var count = 0;
        foreach (var part in text.Split('.'))
        {
            if (count++ == 4 || !TryReadNumber(text[part], 255, out var number)) return false;
            bits = (bits << 8) | (uint)number;
        }

        return count == 4;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, int max, out int number)
    {
        number = 0;
        return text.Length is >= 1 and <= 3 && (text[0] != '0' || text.Length == 1) && !text.ContainsAnyExceptInRange('0', '9')
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;
    }

    private static UInt128 ToBits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        var isV6 = address.AddressFamily is AddressFamily.InterNetworkV6;
        address.TryWriteBytes(isV6 ? bytes : bytes[12..], out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    // A shift by all 128 bits would be one by none.
    private static UInt128 Mask(int length, int bits)
    {
        if (length == 0) return UInt128.Zero;
        var all = UInt128.MaxValue >> (128 - bits);
        return (all << (bits - length)) & all;
    }
}
