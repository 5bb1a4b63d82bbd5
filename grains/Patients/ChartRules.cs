using System.Collections.Immutable;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Patients;

/// <summary>What may be recorded in a chart.</summary>
internal static class ChartRules
{
    /// <summary>The most items of a chart, ended ones included.</summary>
    public const int MaxItems = 2000;

    /// <summary>The request in its normal form.</summary>
    public static AddChartItem Normalize(AddChartItem asked, DateTimeOffset now) => new(
        Check.Defined(asked.Kind, "/kind"),
        Check.Text(asked.Text, "/text", 1, 300),
        Code(asked.Code),
        Check.OptionalText(asked.Detail, "/detail", 500, multiline: true),
        Since(asked.Since, now));

    /// <summary>With an item added; null when the same item is there already.</summary>
    public static ChartState? Add(ChartState chart, Guid id, AddChartItem content, Guid by, DateTimeOffset now)
    {
        if (chart.Items.FirstOrDefault(item => item.Id == id) is { } known)
        {
            return known.Content == content
                ? null
                : throw new DomainException(ErrorCode.Conflict, "Another item of this chart has this identifier.");
        }

        if (chart.Items.Length >= MaxItems)
            throw new DomainException(ErrorCode.Conflict, "This chart holds as many items as a chart can.");
        return new ChartState(chart.Items.Add(new ChartItem(id, content, now, by, null)), chart.Version + 1);
    }

    /// <summary>With an item ended.</summary>
    public static ChartState End(ChartState chart, Guid id, int expectedVersion, DateTimeOffset now)
    {
        var item = chart.Items.FirstOrDefault(item => item.Id == id)
            ?? throw new DomainException(ErrorCode.NotFound, "There is no such item in this chart.");
        Check.Version(expectedVersion, chart.Version);
        if (item.EndedAt is not null) throw new DomainException(ErrorCode.Conflict, "This item has ended already.");
        return new ChartState(chart.Items.Replace(item, item with { EndedAt = now }), chart.Version + 1);
    }

    /// <summary>The chart as it is shown.</summary>
    public static ChartRecord Show(Guid patient, ChartState chart) => new(
        patient,
        Of(chart, ChartItemKind.Problem),
        Of(chart, ChartItemKind.Medication),
        Of(chart, ChartItemKind.Allergy),
        chart.Version);

    private static ImmutableArray<ChartItem> Of(ChartState chart, ChartItemKind kind) =>
        [.. chart.Items.Where(item => item.Content.Kind == kind)];

    private static string? Code(string? value)
    {
        var code = Check.OptionalText(value, "/code", 100);
        if (code is null) return null;
        var bar = code.IndexOf('|', StringComparison.Ordinal);
        return bar > 0 && bar < code.Length - 1 && code.LastIndexOf('|') == bar
            ? code
            : throw Check.Invalid("/code", "A code is written system|code, such as http://hl7.org/fhir/sid/icd-10-cm|I10.");
    }

    // A day of grace: somewhere it is tomorrow already.
    private static DateOnly? Since(DateOnly? date, DateTimeOffset now)
    {
        if (date is not { } since) return null;
        return since >= PatientRules.EarliestBirth && since <= DateOnly.FromDateTime(now.UtcDateTime).AddDays(1)
            ? since
            : throw Check.Invalid("/since", "This date is 1875-01-01 or later and not in the future.");
    }
}
