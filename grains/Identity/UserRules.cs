using System.Collections.Immutable;
using System.Text.RegularExpressions;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <summary>Rules of accounts. Pure.</summary>
internal static partial class UserRules
{
    /// <summary>Sessions one account may have open; the oldest ends when another opens.</summary>
    public const int MaxSessions = 50;

    /// <summary>A new account in normal form.</summary>
    /// <param name="command">As asked.</param>
    /// <param name="at">Pointer to the object in the request.</param>
    public static CreateUser Normalise(CreateUser command, string at = "") => new(
        Login(command.Login, $"{at}/login"),
        DisplayName(command.DisplayName, $"{at}/displayName"),
        Roles(command.Roles, $"{at}/roles"),
        TimeZone(command.TimeZone, $"{at}/timeZone"));

    /// <summary>A change in normal form.</summary>
    public static UpdateUser Normalise(UpdateUser command) => new(
        DisplayName(command.DisplayName, "/displayName"),
        Roles(command.Roles, "/roles"),
        TimeZone(command.TimeZone, "/timeZone"),
        command.Disabled);

    /// <summary>The account as administrators see it.</summary>
    public static UserRecord View(UserState state) => state.Record with
    {
        Enrolled = state.PasswordHash.Length > 0 && (state.SecondFactor is not null || !SecondFactorRules.IsRequired(state.Record.Roles)),
        HasSecondFactor = state.SecondFactor is not null,
        ReenrolsByApproval = state.WasPrivileged || SecondFactorRules.IsRequired(state.Record.Roles),
    };

    /// <summary>Nobody changes their own roles or disables themselves: so no one raises themselves, and an administrator always remains.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public static void MayChange(Caller caller, UserRecord user, UpdateUser change)
    {
        var changesAccess = change.Disabled || !change.Roles.SequenceEqual(user.Roles);
        var relation = changesAccess && caller.ActorId == user.Id ? Relation.Subject : Relation.None;
        if (!PolicyTable.Holds(Permission.ManageUsers, relation))
            throw new DomainException(ErrorCode.Forbidden, "You cannot change your own roles or disable your own account. Ask another administrator.");
    }

    /// <summary>The deciders' rights were judged by the account as it was then; one that changed since may need others.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static void RequireAsApproved(UserRecord user, Approved approval)
    {
        if (approval.SubjectVersion != user.Version)
            throw new DomainException(ErrorCode.Conflict, "The account was changed since this was approved. Ask for it again.");
        if (approval.Requester == user.Id) throw new DomainException(ErrorCode.Forbidden, "Nobody asks for a change of their own account.");
    }

    /// <summary>Refuses what others must approve first.</summary>
    /// <param name="needed">Whose approvals it needs.</param>
    /// <exception cref="DomainException"><see cref="ErrorCode.ApprovalRequired"/>.</exception>
    public static void RequireNoApproval(ImmutableArray<Role> needed)
    {
        if (needed.IsEmpty) return;
        throw new DomainException(ErrorCode.ApprovalRequired, "These roles, and changes of an officer's account, need an approval: ask for it with POST /v1/approvals.");
    }

    /// <summary>Whether open sessions must end with the change.</summary>
    public static bool EndsSessions(UserRecord user, UpdateUser change) => change.Disabled || !change.Roles.SequenceEqual(user.Roles);

    /// <summary>What callers learn where no account is.</summary>
    public static DomainException NotFound() => new(ErrorCode.NotFound, "There is no such account.");

    private static string Login(string? login, string pointer) =>
        LoginForm().IsMatch(Check.Text(login, pointer, 3, 64))
            ? login!.Trim()
            : throw Check.Invalid(pointer, "Use 3 to 64 of a-z, 0-9, '.', '_' and '-'.");

    private static string DisplayName(string? name, string pointer) => Check.Text(name, pointer, 1, 120);

    private static string? TimeZone(string? zone, string pointer) => zone is null ? null : Check.TimeZone(zone, pointer);

    internal static ImmutableArray<Role> Roles(ImmutableArray<Role> roles, string pointer)
    {
        if (roles.IsDefaultOrEmpty) throw Check.Invalid(pointer, "An account needs at least one role.");
        if (roles.Length > PolicyTable.AccountRoles.Length || roles.Any(role => !PolicyTable.AccountRoles.Contains(role)))
            throw Check.Invalid(pointer, "This value is not one of those allowed.");
        return [.. roles.Distinct().Order()];
    }

    [GeneratedRegex("^[a-z0-9._-]{3,64}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LoginForm();
}
