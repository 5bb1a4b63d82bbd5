using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Access;

namespace JamEmr.Api.Pages;

/// <summary>The policy for people: one page of HTML without scripts, whose one style sheet is named by its hash.</summary>
public static class PolicyPage
{
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1a1a1a;background:#fff}"
        + "table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:600}"
        + "th,td{border:1px solid #8a8a8a;padding:.25rem .5rem;text-align:left;vertical-align:top}"
        + "thead th{background:#eef1f4}code{overflow-wrap:anywhere}.mark{border:2px solid #8a1c00;padding:.5rem 1rem}";

    /// <summary>What the page needs of a browser: its style and nothing else (CSP level 3, hash sources).</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; frame-ancestors 'none'";

    private static readonly Role[] Roles = [.. Enum.GetValues<Role>().Where(role => role is not (Role.Anonymous or Role.Host))];

    /// <summary>The page.</summary>
    /// <param name="policy">What it shows.</param>
    /// <param name="caller">Who reads it: what every answer to them must show, it shows.</param>
    public static string Write(PolicyRecord policy, Caller caller)
    {
        var page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>JamEMR: who may do what</title>")
            .Append("<style>").Append(Style).Append("</style></head><body>\n");
        if (caller.Baa is BaaStatus.None) page.Append("<p class=\"mark\" role=\"note\">This practice has no agreement in force: its patients are made up.</p>\n");
        if (caller.BreakGlass is { } grant)
        {
            page.Append("<p class=\"mark\" role=\"note\">Emergency access in force until ")
                .Append(grant.ExpiresAt.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)).Append(".</p>\n");
        }

        page.Append("<h1>Who may do what</h1>\n<p>What is not said here is refused. Every decision on the audit log names the policy it was made by: <code>")
            .Append(Text(policy.Hash)).Append("</code>, the SHA-256 of the text at the end.</p>\n");
        Permissions(page, policy);
        Invariants(page, policy);
        Methods(page, policy);
        page.Append("<h2>The text</h2>\n<pre><code>").Append(Text(policy.Text)).Append("</code></pre>\n</body></html>\n");
        return page.ToString();
    }

    private static void Permissions(StringBuilder page, PolicyRecord policy)
    {
        page.Append("<table><caption>Permissions</caption><thead><tr><th scope=\"col\">Permission</th>");
        foreach (var role in Roles) page.Append("<th scope=\"col\">").Append(NameOf(role)).Append("</th>");
        page.Append("<th scope=\"col\">Besides the role</th><th scope=\"col\">Programs need</th><th scope=\"col\">Ends with the agreement</th></tr></thead><tbody>\n");
        foreach (var rule in policy.Permissions)
        {
            page.Append("<tr><th scope=\"row\">").Append(Text(rule.Meaning)).Append("<br><code>").Append(rule.Permission).Append("</code></th>");
            foreach (var role in Roles) page.Append(rule.Roles.Contains(role) ? "<td>yes</td>" : "<td></td>");
            var others = rule.Roles.Except(Roles).Select(role => role is Role.Host ? "the hosting process alone" : "who is not signed in").ToList();
            page.Append("<td>").Append(Text(string.Join("; ", rule.Condition is { } condition ? others.Append(condition) : others))).Append("</td><td>")
                .Append(Text(!rule.ForPrograms ? "never" : rule.Scopes.IsEmpty ? "no scope" : string.Join(", ", rule.Scopes))).Append("</td><td>")
                .Append(rule.OfPatients ? "yes" : "").Append("</td></tr>\n");
        }

        page.Append("</tbody></table>\n");
    }

    private static void Invariants(StringBuilder page, PolicyRecord policy)
    {
        page.Append("<h2>What is true of it, whatever is changed</h2>\n<p>Checked in every case there is, each time a server starts.</p>\n<ol>\n");
        foreach (var invariant in policy.Invariants) page.Append("<li>").Append(Text(invariant.Sentence)).Append("</li>\n");
        page.Append("</ol>\n");
    }

    private static void Methods(StringBuilder page, PolicyRecord policy)
    {
        page.Append("<table><caption>Operations</caption><thead><tr><th scope=\"col\">Operation</th><th scope=\"col\">Needs</th>")
            .Append("<th scope=\"col\">Re-authentication within 5 minutes</th></tr></thead><tbody>\n");
        foreach (var rule in policy.Methods)
        {
            var needs = rule.Permission?.ToString() ?? (rule.Approved ? "an approval" : "to be called by the system itself");
            page.Append("<tr><th scope=\"row\"><code>").Append(Text(rule.Method)).Append("</code></th><td>").Append(Text(needs)).Append("</td><td>")
                .Append(rule.Reauthentication ? "yes" : "").Append("</td></tr>\n");
        }

        page.Append("</tbody></table>\n");
    }

    private static string NameOf(Role role) => role switch
    {
        Role.Clinical => "Clinical",
        Role.FrontDesk => "Front desk",
        Role.Administrative => "Administrative",
        Role.SecurityOfficer => "Security Officer",
        Role.PrivacyOfficer => "Privacy Officer",
        _ => role.ToString(),
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
