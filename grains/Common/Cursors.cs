using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Errors;

namespace JamEmr.Common;

/// <summary>Page cursors: a position bound to one list, sealed so that an altered or foreign cursor is refused.</summary>
public sealed class Cursors(KeyedHash hash)
{
    private const int SealLength = 32;

    /// <summary>A cursor for a position of a list (the list's grain key and query).</summary>
    public string Write(string list, string position) =>
        hash.Of("cursor", $"{list}\0{position}")[..SealLength] + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(position));

    /// <summary>The position of a cursor; null for none.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.InvalidRequest"/> when it was not given by this list.</exception>
    public string? Read(string list, string? cursor)
    {
        if (cursor is null) return null;
        if (cursor.Length is > SealLength and <= 1024)
        {
            try
            {
                var position = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor.AsSpan(SealLength)));
                if (CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(Write(list, position).AsSpan()), MemoryMarshal.AsBytes(cursor.AsSpan())))
                    return position;
            }
            catch (FormatException)
            {
                // Falls through to the one answer every bad cursor gets.
            }
        }

        throw Check.Invalid("/cursor", "This cursor was not given by this list. Start again without one.");
    }
}
