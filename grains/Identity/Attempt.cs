using System.Globalization;
using System.Net;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <summary>What somebody tries to prove. Each counts for itself.</summary>
internal enum AttemptKind
{
    /// <summary>A password, or a code with it, from somebody not signed in.</summary>
    SignIn,

    /// <summary>An enrolment code.</summary>
    Enrolment,

    /// <summary>A secret of a person who has a session.</summary>
    Reauthentication,

    /// <summary>A passkey.</summary>
    Passkey,

    /// <summary>A set-up code.</summary>
    Setup,
}

/// <summary>An attempt at a secret, begun at the brakes of the account and of the address.</summary>
/// <param name="Wait">How long to wait, when it may not be made.</param>
internal sealed record Attempt(TimeSpan? Wait, IAttemptGrain? Account, long OfAccount, IAttemptGrain? Address, long OfAddress)
{
    /// <summary>The reason code of what was refused unseen.</summary>
    public const string TooManyReason = "too_many_attempts";

    private const string HashPurpose = "attempt-address";

    /// <summary>Takes an attempt at an account.</summary>
    /// <param name="grains">Reaches the brakes.</param>
    /// <param name="kind">What is tried.</param>
    /// <param name="practice">The practice, or what stands in for one that does not exist.</param>
    /// <param name="user">The account, or what stands in for one that does not exist.</param>
    /// <param name="address">The keyed hash of where it comes from, by <see cref="HashOf"/>; null where only the account is guarded.</param>
    public static async Task<Attempt> BeginAsync(IGrainFactory grains, AttemptKind kind, Guid practice, Guid user, string? address)
    {
        var fromAddress = address is null ? null : await BeginAsync(grains, kind, address);
        if (fromAddress?.Wait is not null) return fromAddress;
        var account = grains.GetGrain<IAttemptGrain>(GrainKeys.Of(practice, $"attempts/{NameOf(kind)}/{user:D}"));
        var answer = await account.BeginAsync();
        return new Attempt(answer.Wait, account, answer.Attempt, fromAddress?.Address, fromAddress?.OfAddress ?? 0);
    }

    /// <summary>Takes an attempt at nobody in particular.</summary>
    /// <param name="grains">Reaches the brake.</param>
    /// <param name="kind">What is tried.</param>
    /// <param name="address">The keyed hash of where it comes from, by <see cref="HashOf"/>.</param>
    public static async Task<Attempt> BeginAsync(IGrainFactory grains, AttemptKind kind, string address)
    {
        var brake = grains.GetGrain<IAttemptGrain>(GrainKeys.OfSystem($"attempts/{NameOf(kind)}/{address}"));
        var answer = await brake.BeginAsync();
        return new Attempt(answer.Wait, null, 0, brake, answer.Attempt);
    }

    /// <summary>The keyed hash of an address. Of IPv6, the network of 64 bits counts: within one, a single machine has as many addresses as it likes.</summary>
    public static string HashOf(KeyedHash hash, string address)
    {
        if (IPAddress.TryParse(address, out var ip) && ip.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 && !ip.IsIPv4MappedToIPv6)
            address = Convert.ToHexStringLower(ip.GetAddressBytes().AsSpan(0, 8));
        return hash.Of(HashPurpose, address);
    }

    /// <summary>The answer to an attempt that must wait, the same whether or not there is such an account.</summary>
    public DomainException TooMany()
    {
        var wait = Wait ?? TimeSpan.Zero;
        var text = wait < TimeSpan.FromMinutes(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{wait.TotalSeconds:0} seconds")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(wait.TotalMinutes):0} minutes");
        return new DomainException(ErrorCode.TooManyRequests, $"Too many failed attempts. Wait {text}, then try again.") { RetryAfter = wait };
    }

    /// <summary>The secret was right.</summary>
    public async Task SucceededAsync()
    {
        if (Account is not null) await Account.SucceededAsync(OfAccount);
        if (Address is not null) await Address.SucceededAsync(OfAddress);
    }

    private static string NameOf(AttemptKind kind) => kind switch
    {
        AttemptKind.SignIn => "sign-in",
        AttemptKind.Enrolment => "enrolment",
        AttemptKind.Reauthentication => "reauthentication",
        AttemptKind.Setup => "setup",
        _ => "passkey",
    };
}
