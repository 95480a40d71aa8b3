//! The results table, in Markdown.

pub struct Row {
    pub measured: String,
    pub claviger: String,
    pub beside: String,
    pub comparison: String,
    pub goal: String,
    pub verdict: Verdict,
    /// Printed below the table.
    pub notes: Vec<String>,
}

#[derive(Clone, Copy)]
pub enum Verdict {
    Met,
    NotMet,
    NotMeasured,
    /// For information; there is no goal.
    NoGoal,
}

impl Verdict {
    pub fn of(met: bool) -> Self {
        if met { Self::Met } else { Self::NotMet }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "**not met**",
            Self::NotMeasured => "not measured",
            Self::NoGoal => "–",
        }
    }
}

impl Row {
    pub fn new(measured: &str, goal: &str) -> Self {
        let empty = || "–".to_owned();
        Self {
            measured: measured.to_owned(),
            claviger: empty(),
            beside: empty(),
            comparison: empty(),
            goal: goal.to_owned(),
            verdict: Verdict::NoGoal,
            notes: Vec::new(),
        }
    }

    pub fn not_measured(measured: &str, why: String) -> Self {
        Self { verdict: Verdict::NotMeasured, notes: vec![why], ..Self::new(measured, "–") }
    }
}

pub fn print(rows: &[Row]) {
    println!("| measured | claviger | beside it | ratio or difference | goal | |");
    println!("|---|---|---|---|---|---|");
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            row.measured,
            row.claviger,
            row.beside,
            row.comparison,
            row.goal,
            row.verdict.text()
        );
    }
    println!();
    for row in rows {
        for note in &row.notes {
            println!("- {}: {note}", row.measured);
        }
    }
}
