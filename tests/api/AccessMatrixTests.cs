using System.Net;
using System.Text.RegularExpressions;
using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Tests.Api;

/// <summary>Every route, every credential: the answer and the record are what the published policy says. A route without a row in
/// <see cref="RouteMatrix"/> fails in <see cref="MatrixTests"/>.</summary>
public sealed partial class AccessMatrixTests(AccessMatrix matrix) : IClassFixture<AccessMatrix>
{
    public static TheoryData<string> Routes => AccessMatrix.Routes;

    public static TheoryData<string> RoutesWithId => AccessMatrix.RoutesWithId;

    [Theory]
    [MemberData(nameof(Routes))]
    public void Given_a_route_When_a_token_without_scope_for_it_asks_Then_the_refusal_names_the_permission_its_method_needs(string route)
    {
        var (method, permission) = NeedOf(route);
        Assert.Equal(permission, method.Permission);
        // What the rows say by hand says the same.
        var row = RouteMatrix.Rows.Single(r => r.Route == route);
        Assert.Equal(row.Allowed.Order(), RuleOf(permission).Roles.Order());
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public void Given_a_route_When_called_with_each_credential_Then_answer_and_record_are_what_the_policy_says(string route)
    {
        var (method, permission) = NeedOf(route);
        Assert.All(matrix.Calls[route], call =>
        {
            var told = $"{route} with {call.Credential.Name} got {(int)call.Answer.Status} {call.Answer.Body}";
            if (!call.Credential.IsGood) RequireUnknown(call, told);
            else if (!IsAllowed(call.Credential, permission)) RequireRefused(call, "forbidden", "not_permitted", method, told);
            else if (method.Reauthentication) RequireRefused(call, "reauthentication_required", "reauthentication_required", method, told);
            else RequirePassed(route, call, told);
        });
    }

    [Theory]
    [MemberData(nameof(RoutesWithId))]
    public void Given_what_another_practice_has_When_asked_for_Then_the_answer_is_the_one_for_what_nobody_has(string route) =>
        Assert.All(matrix.Elsewhere[route], answers =>
        {
            Assert.Equal(answers.None.Status, answers.Theirs.Status);
            Assert.Equal(Plain(answers.None), Plain(answers.Theirs));
            Assert.Equal(answers.None.ETag, answers.Theirs.ETag);
        });

    [Fact]
    public void Given_the_matrix_When_counted_Then_every_role_and_every_scope_was_there()
    {
        var credentials = matrix.Calls["GET /v1/practice"].Select(call => call.Credential).ToList();
        Assert.Equal(ApiServer.Roles.Order(), credentials.Where(c => c is { IsGood: true, IsToken: false }).Select(c => c.Role).Order());
        var scopes = matrix.Policy.Permissions.SelectMany(rule => rule.Scopes).Select(scope => scope.Split('.')[0]).Distinct(StringComparer.Ordinal).ToList();
        foreach (var role in (Role[])[Role.Clinical, Role.FrontDesk, Role.Administrative])
        {
            var held = credentials.Where(c => c is { IsGood: true, IsToken: true } && c.Role == role).Select(c => c.Scope!.Split('.')[0]).ToList();
            Assert.Empty(scopes.Append("system/*").Except(held, StringComparer.Ordinal));
        }

        Assert.Equal(9, credentials.Count(c => !c.IsGood));
    }

    private static void RequireUnknown(MatrixCall call, string told)
    {
        Assert.True(call.Answer is { Status: HttpStatusCode.Unauthorized, Code: "unauthenticated" }, told);
        // Nothing presented names no practice: that is on the system's log.
        if (call.Credential.Name is "nothing") return;
        // That a session's time is over is found when it is presented.
        var record = Assert.Single(call.Records, record => record.Event != AuditEvents.SessionEnded.Code);
        var expected = call.Credential.IsToken ? AuditEvents.TokenRefused : AuditEvents.SessionRefused;
        Assert.Equal((expected.Code, AuditOutcome.Refused), (record.Event, record.Outcome));
    }

    private static void RequireRefused(MatrixCall call, string code, string reason, MethodRule method, string told)
    {
        Assert.True(call.Answer.Status is HttpStatusCode.Forbidden && call.Answer.Code == code, told);
        var record = Assert.Single(call.Records);
        Assert.True((record.Event, record.Outcome, record.Reason) == (AuditEvents.AccessRefused.Code, AuditOutcome.Refused, reason), $"{told} and left {record}");
        Assert.Equal((method.Method, method.Permission.ToString()), ($"{record.Detail["interface"]}.{record.Detail["method"]}", record.Detail["permission"]));
    }

    private static void RequirePassed(string route, MatrixCall call, string told)
    {
        Assert.True(call.Answer.Status is not HttpStatusCode.Unauthorized && (int)call.Answer.Status < 500, told);
        Assert.True(call.Records.All(record => record.Event != AuditEvents.AccessRefused.Code), told);
        // What shows nothing that is not the caller's own.
        if (route is "GET /v1/sessions/current/status" or "DELETE /v1/sessions" || call.Answer.Status is HttpStatusCode.BadRequest) return;
        Assert.True(call.Records.Length > 0, $"{told} and left no record");
    }

    private static bool Covers(string held, string needed)
    {
        var (have, need) = (held.Split('/', '.'), needed.Split('/', '.'));
        return (have[1] is "*" || have[1] == need[1]) && need[2].All(have[2].Contains);
    }

    // Without what names the request, and without how far the caller's own log has grown meanwhile.
    private static string Plain(Answer answer) => OfTheRequest().Replace(answer.Body.Replace(answer.CorrelationId, "", StringComparison.Ordinal), "");

    [GeneratedRegex(
        "[0-9a-f]{8}-[0-9a-f-]{27}|\"(?:treeSize|index)\":[0-9]+|\"(?:rootHash|time|record)\":\"[^\"]*\"", RegexOptions.None, 1000)]
    private static partial Regex OfTheRequest();

    private (MethodRule Method, Permission Permission) NeedOf(string route)
    {
        Assert.True(matrix.Probes.TryGetValue(route, out var refusal), $"{route} refused nothing to a token whose scope opens nothing.");
        var name = $"{refusal.Detail["interface"]}.{refusal.Detail["method"]}";
        return (matrix.Policy.Methods.Single(method => method.Method == name), Enum.Parse<Permission>(refusal.Detail["permission"]));
    }

    private PermissionRule RuleOf(Permission permission) => matrix.Policy.Permissions.Single(rule => rule.Permission == permission);

    private bool IsAllowed(MatrixCredential credential, Permission permission)
    {
        var rule = RuleOf(permission);
        return rule.Roles.Contains(credential.Role)
            && (credential.Scope is not { } scope || rule.ForPrograms && rule.Scopes.All(need => Covers(scope, need)));
    }
}
