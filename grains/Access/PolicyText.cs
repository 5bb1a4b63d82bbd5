using System.Text;

namespace JamEmr.Access;

/// <summary>The policy's text, which its hash is of: one line per role, scope rule and relation rule, in the order of
/// their numbers, and one per grain method, in the order of their names.</summary>
internal static class PolicyText
{
    /// <summary>Writes it.</summary>
    public static string Write(PolicyRules rules)
    {
        var text = new StringBuilder("jamemr policy 3\n");
        foreach (var (role, permissions) in rules.Grants.OrderBy(grant => grant.Key))
            text.Append("role ").Append(role).Append(": ").AppendJoin(' ', permissions.Order()).Append('\n');
        foreach (var (permission, needs) in rules.Scopes.OrderBy(scope => scope.Key))
            text.Append("scope ").Append(permission).Append(": ").AppendJoin(' ', needs).Append('\n');
        foreach (var (permission, rule) in rules.Relations.OrderBy(relation => relation.Key))
            text.Append("relation ").Append(permission).Append(": ").Append(rule).Append('\n');
        text.Append("account roles: ").AppendJoin(' ', rules.AccountRoles).Append('\n');
        text.Append("token roles: ").AppendJoin(' ', rules.TokenRoles).Append('\n');
        text.Append("of patients: ").AppendJoin(' ', rules.OfPatients.Order()).Append('\n');
        foreach (var method in rules.Methods) text.Append("method ").Append(method).Append('\n');
        return text.ToString();
    }
}
