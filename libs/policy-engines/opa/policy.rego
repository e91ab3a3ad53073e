# One policy for every set: a slice comes as data (see `opa-data.ts`), a pass as input. What it says is what Cedar says of the same
# statements. Built into `policy.wasm` by `build.mjs` beside it; a spec holds the two together.
package countersign.policy

# Undefined where no slice of the tool is loaded: no answer is not an answer.
decision := {"allowed": allowed, "matched": matched, "failed": failed} if statements

statements := data.slices[input.tool]

permits := [s.id | some s in statements; s.kind == "permit"; s.contract == input.contract]

forbids := [s.id | some s in statements; fires(s)]

failed := [s.id | some s in statements; not evaluable(s)]

default allowed := false

allowed if {
	count(permits) > 0
	count(forbids) == 0
}

matched := permits if allowed

matched := forbids if not allowed

fires(s) if {
	s.kind == "deny"
	all_hold(s)
}

fires(s) if {
	s.kind == "ask"
	all_hold(s)
	not answered(s)
}

fires(s) if {
	s.kind == "require"
	not given(s.attribute)
}

all_hold(s) if {
	every test in s.when {
		holds(test)
	}
}

answered(s) if {
	input.approvals.tier >= s.tier
	input.approvals.voters[s.group] >= s.quorum
}

given(attribute) if input.values[attribute] != null

holds(test) if {
	test.operator == ">"
	input.values[test.attribute] > test.value
}

holds(test) if {
	test.operator == ">="
	input.values[test.attribute] >= test.value
}

holds(test) if {
	test.operator == "<"
	input.values[test.attribute] < test.value
}

holds(test) if {
	test.operator == "<="
	input.values[test.attribute] <= test.value
}

holds(test) if {
	test.operator == "in"
	input.values[test.attribute] in test.values
}

holds(test) if {
	test.operator == "not_in"
	given(test.attribute)
	not input.values[test.attribute] in test.values
}

holds(test) if {
	test.operator == "matches"
	regex.match(test.pattern, input.values[test.attribute])
}

holds(test) if {
	test.operator == "any"
	some fact in input.facts[test.fact]
	fact in test.values
}

holds(test) if {
	test.operator == "is"
	input.facts[test.fact] in test.values
}

holds(test) if {
	test.operator == "destination"
	input.facts.destination[test.key]
}

holds(test) if {
	test.operator == "outside_window"
	not within(test.spans)
}

within(spans) if {
	some span in spans
	now := input.facts.clock[span.zone]
	now.weekday in span.days
	now.minute >= span.from
	now.minute < span.until
}

# Rego orders values of all types, so a text compared with a number would just be false, or true.
evaluable(s) if s.kind in {"permit", "require"}

evaluable(s) if {
	s.kind == "deny"
	every test in s.when {
		known(test)
	}
}

evaluable(s) if {
	s.kind == "ask"
	every test in s.when {
		known(test)
	}
	is_number(input.approvals.tier)
	is_number(input.approvals.voters[s.group])
}

known(test) if {
	test.type == "number"
	is_number(input.values[test.attribute])
}

known(test) if {
	test.type == "string"
	is_string(input.values[test.attribute])
}

known(test) if {
	test.type
	not given(test.attribute)
}

known(test) if {
	test.operator == "any"
	is_array(input.facts[test.fact])
}

known(test) if {
	test.operator == "is"
	is_string(input.facts[test.fact])
}

known(test) if {
	test.operator == "destination"
	is_boolean(input.facts.destination[test.key])
}

known(test) if {
	test.operator == "outside_window"
	every span in test.spans {
		is_number(input.facts.clock[span.zone].weekday)
		is_number(input.facts.clock[span.zone].minute)
	}
}
