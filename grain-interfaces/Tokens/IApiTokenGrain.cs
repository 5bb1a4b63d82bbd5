using JamEmr.Access;
using JamEmr.Approvals;

namespace JamEmr.Tokens;

/// <summary>A registered API token: a program's way in. Key <c>{practice}/{token}</c>.</summary>
[Alias("jamemr.token")]
public interface IApiTokenGrain : IGrainWithStringKey
{
    /// <summary>Registers the token and gives its secret, once; repeating the request gives <see cref="Errors.ErrorCode.Conflict"/>,
    /// since the secret cannot be shown again. A token that reaches the chart or every resource, or lasts more than 90 days, opens nothing
    /// before it is approved. Where no business associate agreement is in force, only a sandbox token can be registered, and only before the
    /// first: else <see cref="Errors.ErrorCode.BaaRequired"/>. Of each secret that reaches patients' data, here and at a rotation, the Security
    /// Officer has notice before it is given.</summary>
    [Requires(Permission.ManageTokens), StepUp, Alias("register")]
    Task<RegisteredToken> RegisterAsync(RegisterToken command);

    /// <summary>The token's record; no secret.</summary>
    [Requires(Permission.ManageTokens), Alias("get")]
    Task<TokenRecord> GetAsync();

    /// <summary>Gives it a later end, at most 90 days from now. Where the token is one that needs approval, the later end does too; the end
    /// before holds until then.</summary>
    [Requires(Permission.ManageTokens), StepUp, Alias("renew")]
    Task<TokenRecord> RenewAsync(RenewToken command);

    /// <summary>Gives it a new secret, shown once. The one before opens until the overlap is over; one before that opens nothing from now.
    /// A repeat under the same <see cref="RotateToken.Rotation"/> gives yet another secret, and leaves the one before as it is.</summary>
    [Requires(Permission.ManageTokens), StepUp, Alias("rotate")]
    Task<RegisteredToken> RotateAsync(RotateToken command);

    /// <summary>Gives it another owner.</summary>
    [Requires(Permission.ManageTokens), StepUp, Alias("transfer")]
    Task<TokenRecord> TransferAsync(TransferToken command);

    /// <summary>Revokes it, and its children with it: no request that begins after this call returned is accepted. Without proving identity
    /// again, since containment must be quick.</summary>
    [Requires(Permission.RevokeTokens), Alias("revoke")]
    Task<TokenRecord> RevokeAsync();

    /// <summary>Releases what waits for approval. <see cref="Errors.ErrorCode.Conflict"/> when what waits is not what was approved.</summary>
    [ApprovalRequired, Alias("approve")]
    Task<TokenRecord> ApproveAsync(Approved approved, ApproveToken command);

    /// <summary>Who presents this secret. Unregistered, revoked and expired tokens, those that wait for approval, and uses from outside their
    /// networks are refused with <see cref="Errors.ErrorCode.Unauthenticated"/> and leave a record without the secret.</summary>
    [Requires(Permission.Authenticate), Alias("authenticate")]
    Task<Caller> AuthenticateAsync(string secret);

    /// <summary>Whether requests of this token that are under way must get no further: it, or its parent, was revoked or is over.</summary>
    [Internal, AlwaysInterleave, Alias("is-cut-off")]
    Task<bool> IsCutOffAsync();

    /// <summary>Whether a caller who came from another process is one that this token established, by their proof and with no more rights
    /// than it gave, and whether what they began must get no further. All that is asked of it at a front door's call.</summary>
    [Internal, AlwaysInterleave, Alias("standing")]
    Task<CallerStanding> StandingAsync(Caller caller);

    /// <summary>What a child asks its parent at every use: why the parent opens nothing, as a code; null while it is good.</summary>
    [Internal, AlwaysInterleave, Alias("end-of")]
    Task<string?> EndOfAsync();

    /// <summary>The record for another grain's list; null when never registered. The asking grain does its own check and leaves its own
    /// audit record.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<TokenRecord?> PeekAsync();
}
