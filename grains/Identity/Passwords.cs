using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace JamEmr.Identity;

/// <summary>Hashes and checks passwords with ASP.NET Core Identity's hasher, version 3: PBKDF2, HMAC-SHA512, 128-bit salt, 256-bit key.</summary>
public sealed class Passwords
{
    private readonly PasswordHasher<Passwords> _hasher;
    private readonly string _nobodys;

    /// <summary>Uses the given number of iterations; OWASP's Password Storage Cheat Sheet asks for 210,000 with SHA-512.</summary>
    public Passwords(int iterations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        _hasher = new PasswordHasher<Passwords>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        _nobodys = Hash(Guid.Empty.ToString());
    }

    /// <summary>The hash to store.</summary>
    public string Hash(string password) => _hasher.HashPassword(this, password);

    /// <summary>Whether the password is the one of the hash. Without a hash the same work is done, and the answer is no.</summary>
    public bool Verify(string? hash, string password) =>
        _hasher.VerifyHashedPassword(this, hash ?? _nobodys, password) is not PasswordVerificationResult.Failed && hash is not null;
}
