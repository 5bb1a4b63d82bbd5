using Microsoft.AspNetCore.Identity;

namespace JamEmr.Identity;

/// <summary>Whose passkeys a ceremony is about.</summary>
/// <param name="Handle">The user handle: names practice and account, and nothing that tells a person.</param>
/// <param name="Passkeys">As stored.</param>
internal sealed record PasskeyHolder(string Handle, PasskeysState Passkeys)
{
    /// <summary>A sign-in begins before anyone is known.</summary>
    public static readonly PasskeyHolder Nobody = new("", PasskeysState.None);
}

/// <summary>What ASP.NET Core Identity's ceremonies read of one account, from memory: the account's grain stores what comes of them.</summary>
internal sealed class PasskeyStore(PasskeyHolder holder) : IUserPasskeyStore<PasskeyHolder>
{
    private const string ReadOnly = "Accounts are stored by their grains.";

    public Task<PasskeyHolder?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Task.FromResult(holder.Handle.Length > 0 && string.Equals(userId, holder.Handle, StringComparison.Ordinal) ? holder : null);

    public Task<string> GetUserIdAsync(PasskeyHolder user, CancellationToken cancellationToken) => Task.FromResult(user.Handle);

    public Task<IList<UserPasskeyInfo>> GetPasskeysAsync(PasskeyHolder user, CancellationToken cancellationToken) =>
        Task.FromResult<IList<UserPasskeyInfo>>([.. user.Passkeys.Keys.Select(key => key.ToInfo())]);

    /// <summary>Only among the account's own: a sign-in names its account before its key, so that a key registered twice opens nothing else.</summary>
    public Task<PasskeyHolder?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(Find(holder, credentialId) is null ? null : holder);

    public Task<UserPasskeyInfo?> FindPasskeyAsync(PasskeyHolder user, byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(Find(user, credentialId)?.ToInfo());

    public Task<string?> GetUserNameAsync(PasskeyHolder user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Handle);

    public Task<string?> GetNormalizedUserNameAsync(PasskeyHolder user, CancellationToken cancellationToken) => GetUserNameAsync(user, cancellationToken);

    public Task<PasskeyHolder?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        FindByIdAsync(normalizedUserName, cancellationToken);

    public Task SetUserNameAsync(PasskeyHolder user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException(ReadOnly);

    public Task SetNormalizedUserNameAsync(PasskeyHolder user, string? normalizedName, CancellationToken cancellationToken) =>
        throw new NotSupportedException(ReadOnly);

    public Task<IdentityResult> CreateAsync(PasskeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException(ReadOnly);

    public Task<IdentityResult> UpdateAsync(PasskeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException(ReadOnly);

    public Task<IdentityResult> DeleteAsync(PasskeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException(ReadOnly);

    public Task AddOrUpdatePasskeyAsync(PasskeyHolder user, UserPasskeyInfo passkey, CancellationToken cancellationToken) =>
        throw new NotSupportedException(ReadOnly);

    public Task RemovePasskeyAsync(PasskeyHolder user, byte[] credentialId, CancellationToken cancellationToken) =>
        throw new NotSupportedException(ReadOnly);

    public void Dispose()
    {
        // Holds nothing.
    }

    private static StoredPasskey? Find(PasskeyHolder user, byte[] credentialId)
    {
        var id = Convert.ToBase64String(credentialId);
        return user.Passkeys.Keys.FirstOrDefault(key => string.Equals(key.CredentialId, id, StringComparison.Ordinal));
    }
}
